import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ByteSink, type Bytes, endWith, type Flow, writeCopy } from '#database'
import { dataOpens } from './body.ts'
import type { MediaType } from './media-type.ts'

/** @param began whether the operation could run at all: where it could not, some clients ask to be told so */
export function respond(res: ServerResponse, type: MediaType, body: Bytes, began = hasData(body)): void {
  const status = began || type === 'application/json' ? 200 : 400
  res.writeHead(status, [...contentType(type), 'content-length', String(body.size)])
  endWith(res, body)
}

function hasData({ pieces: [first] }: Bytes): boolean {
  return typeof first === 'string' && first.startsWith(dataOpens)
}

function contentType(type: MediaType): string[] {
  return ['content-type', `${type}; charset=utf-8`]
}

/** What caches are told of an answer that they may keep for `maxAge` seconds; of one that they may not, undefined. */
export function cacheControl(maxAge: number | undefined): Readonly<Record<string, string>> {
  if (maxAge === undefined) return { 'cache-control': 'private, no-store' }
  return {
    'cache-control': `public, max-age=${maxAge}, must-revalidate`,
    vary: 'accept, apikey, authorization',
  }
}

/**
 * Answers a query of a GET. What an anonymous caller sees may be kept by caches, for `maxAge` seconds without asking
 * again; what others see may not. An answer that the client has already is not sent again.
 */
export function respondCacheably(
  req: IncomingMessage,
  res: ServerResponse,
  type: MediaType,
  body: Bytes,
  maxAge: number | undefined,
): void {
  const failed = body.pieces[0] !== dataOpens
  const caching = cacheControl(failed ? undefined : maxAge)
  for (const [name, value] of Object.entries(caching)) res.setHeader(name, value)
  if (maxAge === undefined || failed) return void respond(res, type, body)
  const hash = createHash('sha1')
  for (const piece of body.pieces) hash.update(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)
  const tag = `"${hash.digest('base64url')}"`
  res.setHeader('etag', tag)
  const known = req.headers['if-none-match']?.split(/\s*,\s*/) ?? []
  if (known.some((one) => one === '*' || one.replace(/^W\//, '') === tag)) res.writeHead(304).end()
  else respond(res, type, body)
}

/** Milliseconds that a client may take none of an answer that waits for it: it holds a connection to the database. */
const patience = 30_000

/** Bytes a millisecond that a client takes at least, or it is too slow to hold one. */
const leastRate = 64

/** Begins an answer that is sent on while it arrives, no faster than the client takes it. */
export function respondInPieces(
  res: ServerResponse,
  type: MediaType,
  size: number,
  first: string,
  flow: Flow,
): ByteSink {
  const giveUp = () => res.destroy()
  let stalled: NodeJS.Timeout | undefined
  // Of a client that has gone already nothing more is heard.
  const gone = res.closed || res.destroyed
  if (!gone) {
    res.writeHead(200, [...contentType(type), 'content-length', String(size)])
    res.write(first, 'latin1')
    const slow = setTimeout(giveUp, patience + size / leastRate)
    res.on('drain', () => {
      clearTimeout(stalled)
      flow.resume()
    })
    res.once('close', () => {
      clearTimeout(stalled)
      clearTimeout(slow)
      if (!res.writableFinished) flow.abandon()
    })
  }
  return {
    write(from, start, end) {
      if (gone) flow.abandon()
      else if (writeCopy(res, from, start, end)) return true
      else stalled = setTimeout(giveUp, patience)
      return false
    },
  }
}
