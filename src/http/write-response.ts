import type { ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'

/** A body that knows a shorter way to the connection than through a reader of web streams. */
interface WritingBody {
  /** Rejects where it cannot go on. Leaves the connection open. */
  writeTo(connection: Writable): Promise<void>
}

/** What the adapter is given in place of a response that is being written already. */
const alreadySent = { headers: { 'x-hono-already-sent': 'true' } } as const

/** Lets a body write itself, if it can; answers what is left for the adapter to do. */
export function writeResponse(response: Response, res: ServerResponse): Response {
  const { body } = response
  if (!isWriting(body)) return response
  res.writeHead(response.status, Object.fromEntries(response.headers))
  body.writeTo(res).then(
    () => res.end(),
    () => res.destroy(),
  )
  return new Response(null, alreadySent)
}

function isWriting(body: object | null): body is WritingBody {
  return body !== null && 'writeTo' in body
}
