import { IncomingMessage } from 'node:http'
import { readMessage, readStream } from '#bodies'
import { ClientGone, type Departure } from '#database'
import { bearerOf } from './caller.ts'
import { bodyTooLarge } from './errors/index.ts'

/** A request to the Data API, whoever brought it: the network, or a client in this process. */
export interface Incoming {
  readonly method: string
  /** Below the mount, with the query string: `/todos?id=eq.1`. */
  readonly url: string
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** Of whoever asks; empty where `Authorization` says that there is one, and names none. */
  readonly token: string | undefined
  /** The client's; undefined of one in this process. */
  readonly address: string | undefined
  readonly body: AsyncIterable<Uint8Array> | undefined
  /** Aborted when whoever asked has gone away. */
  readonly departure: Departure
}

export function fromFetch({ method, url, headers, body, signal }: Request): Incoming {
  const { pathname, search } = new URL(url)
  const all = Object.fromEntries(headers)
  return {
    method,
    url: pathname + search,
    headers: all,
    token: bearerOf(all.authorization),
    address: undefined,
    body: (body ?? undefined) as AsyncIterable<Uint8Array> | undefined,
    departure: signal,
  }
}

/** A request from the network, as the door hands it in. */
export interface Asked {
  /** Below the mount, with the query string. */
  readonly url: string
  /** What the door made of key and token. */
  readonly authorization: string | undefined
  /** The token in it, where the door knows. */
  readonly token?: string | undefined
  /** The client's, which it cannot have made up. */
  readonly address: string | undefined
}

export function fromNode(req: IncomingMessage, departure: Departure, asked: Asked): Incoming {
  const { url, authorization, token = bearerOf(authorization), address } = asked
  const { method = 'GET' } = req
  // Of all headers of a request the one that is a list.
  const { 'set-cookie': list } = req.headers
  const headers = req.headers as Record<string, string>
  if (list) headers['set-cookie'] = list.join(', ')
  if (authorization !== undefined) headers.authorization = authorization
  if (address !== undefined) headers['x-forwarded-for'] = address
  else if ('x-forwarded-for' in headers) delete headers['x-forwarded-for']
  const body = method === 'GET' || method === 'HEAD' ? undefined : req
  return { method, url, headers, token, address, body, departure }
}

/** Bytes of a body. */
const limit = 10 * 1024 * 1024

const refusals = { tooLarge: bodyTooLarge, gone: () => new ClientGone('the client went away') }

/** The whole body as text; of bytes, the text of a `bytea`. @throws RestError PAYLOAD_TOO_LARGE as soon as that is known; ClientGone */
export async function readBody({ body, headers }: Incoming): Promise<string> {
  if (!body) return ''
  const bytes =
    body instanceof IncomingMessage ? await readMessage(body, limit, refusals) : await bytesOf(body, headers)
  return isBytes.test(headers['content-type'] ?? '') ? `\\x${bytes.toString('hex')}` : bytes.toString()
}

const isBytes = /^application\/octet-stream\s*(?:;|$)/i

async function bytesOf(body: AsyncIterable<Uint8Array>, headers: Incoming['headers']): Promise<Buffer> {
  if (Number(headers['content-length'] ?? 0) > limit) throw bodyTooLarge()
  return await readStream(body, limit, bodyTooLarge)
}
