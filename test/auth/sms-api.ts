import { text } from 'node:stream/consumers'
import { serveOnLoopback } from '../support/loopback-server.ts'

/** What a provider of text messages was asked. */
export interface SmsRequest {
  /** As the service means it: `https://verify.twilio.com/v2/…`. */
  readonly url: string
  readonly authorization: string | undefined
  readonly form: Readonly<Record<string, string>>
}

type Answering = (request: SmsRequest) => { readonly status?: number; readonly body: unknown }

export interface SmsApi {
  readonly asked: SmsRequest[]
  answer(answering: Answering): void
  /** Reaches this server whatever host is asked. */
  readonly fetch: typeof fetch
  [Symbol.asyncDispose](): Promise<void>
}

/** Stands on loopback for the APIs of all providers. */
export async function startSmsApi(answering: Answering): Promise<SmsApi> {
  let answer = answering
  const asked: SmsRequest[] = []
  const server = await serveOnLoopback(async (request, response) => {
    const form = Object.fromEntries(new URLSearchParams(await text(request)))
    const { 'x-host': host, authorization } = request.headers
    const said = { url: `https://${host}${request.url}`, authorization, form }
    asked.push(said)
    const { status = 200, body } = answer(said)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  return {
    asked,
    answer: (answering) => {
      answer = answering
    },
    fetch(input, init) {
      const url = new URL(input instanceof Request ? input.url : input)
      const headers = new Headers(init?.headers)
      headers.set('x-host', url.host)
      return fetch(server.url + url.pathname + url.search, { ...init, headers })
    },
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  }
}

/**
 * Twilio Verify: it makes the codes. A code is right once, and a verification ends after five wrong ones
 * (https://www.twilio.com/docs/verify/api/verification-check).
 */
export function twilioVerify() {
  const codes = new Map<string, { readonly code: string; tries: number }>()
  let made = 0
  const answering: Answering = ({ url, form: { To = '', Code } }) => {
    if (url.endsWith('/Verifications')) {
      made += 1
      codes.set(To, { code: String(100_000 + made), tries: 0 })
      return { status: 201, body: { sid: `VE${made}`, to: To, status: 'pending', valid: false } }
    }
    const pending = codes.get(To)
    if (!pending) return { status: 404, body: { code: 20404, message: 'The requested resource was not found' } }
    pending.tries += 1
    if (pending.tries > 5) return { status: 429, body: { code: 60202, message: 'Max check attempts reached' } }
    const isRight = Code === pending.code
    if (isRight) codes.delete(To)
    return { body: { to: To, status: isRight ? 'approved' : 'pending', valid: isRight } }
  }
  return { answering, codeOf: (phone: string) => codes.get(`+${phone}`)?.code ?? 'none' }
}
