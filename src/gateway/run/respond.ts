import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ByteSink, type Bytes, endWith, type Flow, writeCopy } from '#database'
import { dataOpens } from './body.ts'

const json = 'application/json; charset=utf-8'

export function respond(res: ServerResponse, status: number, body: Bytes): void {
  res.writeHead(status, ['content-type', json, 'content-length', String(body.size)])
  endWith(res, body)
}

/**
 * Answers a query of a GET. What an anonymous caller sees may be kept by caches, for `maxAge` seconds without asking
 * again; what others see may not. An answer that the client has already is not sent again.
 */
export function respondCacheably(
  req: IncomingMessage,
  res: ServerResponse,
  body: Bytes,
  maxAge: number | undefined,
): void {
  const failed = body.pieces[0] !== dataOpens
  if (maxAge === undefined || failed) {
    res.setHeader('cache-control', 'private, no-store')
    return void respond(res, 200, body)
  }
  const hash = createHash('sha1')
  for (const piece of body.pieces) hash.update(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)
  const tag = `"${hash.digest('base64url')}"`
  res.setHeader('cache-control', `public, max-age=${maxAge}, must-revalidate`)
  res.setHeader('vary', 'accept, apikey, authorization')
  res.setHeader('etag', tag)
  const known = req.headers['if-none-match']?.split(/\s*,\s*/) ?? []
  if (known.some((one) => one === '*' || one.replace(/^W\//, '') === tag)) res.writeHead(304).end()
  else respond(res, 200, body)
}

/** Milliseconds that a client may take none of an answer that waits for it: it holds a connection to the database. */
const patience = 30_000

/** Bytes a millisecond that a client takes at least, or it is too slow to hold one. */
const leastRate = 64

/** Begins an answer that is sent on while it arrives, no faster than the client takes it. */
export function respondInPieces(res: ServerResponse, size: number, first: string, flow: Flow): ByteSink {
  const giveUp = () => res.destroy()
  let stalled: NodeJS.Timeout | undefined
  // Of a client that has gone already nothing more is heard.
  const gone = res.closed || res.destroyed
  if (!gone) {
    res.writeHead(200, ['content-type', json, 'content-length', String(size)])
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
