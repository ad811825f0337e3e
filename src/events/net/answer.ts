import { errorMessage } from '#errors'
import type { Answer, Send } from '../outbound/index.ts'
import type { Kept, Queued } from './queue.ts'

/** Bytes of an answer that are kept. */
const most = 5 * 1024 * 1024

/** Sends a request, and says what is to be kept of what came of it. */
export async function answerOf({ method, url, headers, body, timeoutMs }: Queued, send: Send): Promise<Kept> {
  try {
    const sent = new Headers(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]))
    if (!sent.has('user-agent')) sent.set('user-agent', 'pg_net/0.14.0')
    const bytes = body === null ? null : Uint8Array.from(body)
    const outgoing = { method, url: new URL(url), headers: sent, body: bytes, timeoutMs, maxBytes: most }
    return answered(await send({ ...outgoing, trigger: 'net' }))
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') {
      return { timedOut: true, error: `Timeout of ${timeoutMs} ms reached` }
    }
    return { timedOut: false, error: errorMessage(error).replaceAll('\0', '') }
  }
}

function answered({ status, headers, text, isCut }: Answer): Kept {
  if (isCut) return { timedOut: false, error: `The answer is larger than ${most} bytes` }
  return {
    status,
    contentType: headers.get('content-type'),
    headers: Object.fromEntries(headers),
    // Postgres keeps no NUL.
    content: text.replaceAll('\0', ''),
    timedOut: false,
  }
}
