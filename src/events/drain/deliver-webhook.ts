import { errorMessage } from '#errors'
import { traceHeaders } from '#observe'
import type { LoggedEvent, Outcome } from '../log/index.ts'
import type { Send } from '../outbound/index.ts'

/** Bytes of an answer that are read: enough to say what was wrong. */
const enough = 4096
const longestWait = 60 * 60 * 1000

/** Makes one attempt to deliver a webhook. What answers 2xx has it. */
export function createWebhookDelivery(send: Send, serviceRoleKey: string) {
  return async (event: LoggedEvent, stopping: AbortSignal): Promise<Outcome> => {
    let headers: Headers
    let url: URL
    try {
      headers = headersOf(event)
      url = urlOf(event)
    } catch (error) {
      return { kind: 'failed', status: null, error: errorMessage(error), final: true }
    }
    try {
      const {
        status,
        headers: answered,
        text,
      } = await send({
        method: event.method ?? 'POST',
        url,
        headers,
        body: event.body,
        timeoutMs: event.timeoutMs,
        maxBytes: enough,
        trigger: 'webhook',
        // Who may make a trigger of a table may do so much more: the key need not stand in a migration.
        functionKey: serviceRoleKey,
        signal: stopping,
      })
      if (status >= 200 && status < 300) return { kind: 'delivered', status }
      return { kind: 'failed', status, error: excerpt(`HTTP ${status}: ${text}`), ...retryAfter(answered) }
    } catch (error) {
      if (stopping.aborted) return { kind: 'abandoned' }
      return { kind: 'failed', status: null, error: excerpt(errorMessage(error)) }
    }
  }
}

/** How the request is framed and where it goes is not for its headers to say; most clients refuse to send these. */
const ofTheConnection: ReadonlySet<string> = new Set([
  ...['connection', 'content-length', 'expect', 'host', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
])

/** The webhook's own headers, and what lets a consumer know an event again and put it in order. */
function headersOf({ headers, id, eventId, attempt, traceparent }: LoggedEvent): Headers {
  const sent = new Headers()
  for (const [name, value] of Object.entries(headers ?? {})) {
    const lower = name.toLowerCase()
    if (!lower.startsWith('x-portico-') && !ofTheConnection.has(lower)) sent.set(name, String(value))
  }
  if (!sent.has('content-type')) sent.set('content-type', 'application/json')
  if (!sent.has('user-agent')) sent.set('user-agent', 'Portico')
  sent.set('x-portico-event-id', eventId)
  sent.set('x-portico-sequence', id)
  sent.set('x-portico-attempt', String(attempt))
  // Without an SDK there is no span of ours in between.
  const trace = { ...(traceparent && { traceparent }), ...traceHeaders() }
  for (const [name, value] of Object.entries(trace)) sent.set(name, value)
  return sent
}

function urlOf({ url, params }: LoggedEvent): URL {
  const target = new URL(url ?? '')
  for (const [name, value] of Object.entries(params ?? {})) target.searchParams.append(name, String(value))
  return target
}

/** `Retry-After` in seconds or as a date, an hour at most. */
function retryAfter(headers: Headers): { retryAfterMs?: number } {
  const given = headers.get('retry-after')
  if (given === null) return {}
  const ms = /^\d+$/.test(given) ? Number(given) * 1000 : Date.parse(given) - Date.now()
  return ms > 0 ? { retryAfterMs: Math.min(ms, longestWait) } : {}
}

/** One line: Postgres keeps no NUL, and a terminal that shows it is not to be told what to do. */
function excerpt(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.slice(0, 500).replaceAll(/[\0-\x1f\x7f-\x9f]/g, ' ')
}
