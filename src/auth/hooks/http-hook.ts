import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { readStream } from '#bodies'
import { AuthError } from '../auth-error.ts'
import type { JsonObject } from '../json.ts'

/** How hooks are reached over HTTP. Durations are milliseconds. */
export interface HookCarrier {
  readonly fetch: typeof fetch
  /** All tries together. */
  readonly patience: number
  /** Between a try that reached nobody and the next. */
  readonly backoff: number
}

/** As GoTrue has them (internal/hooks/hookshttp). */
export const defaultCarrier: HookCarrier = { fetch, patience: 5000, backoff: 2000 }

const tries = 3

/** Bytes of an answer. */
const maximumAnswer = 200 * 1024

/** Posts the input, signed as Standard Webhooks say (https://www.standardwebhooks.com), and answers the JSON that came back. */
export async function callAddress(
  carrier: HookCarrier,
  target: { readonly url: string; readonly secrets: readonly string[] },
  input: JsonObject,
): Promise<unknown> {
  const deadline = AbortSignal.timeout(carrier.patience)
  const body = JSON.stringify(input)
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const response = await reach(carrier, target, body, deadline, attempt)
    if (!response) continue
    if (response.status === 204) return undefined
    if (response.status === 200 || response.status === 202) return await readJson(response, deadline)
    await response.body?.cancel()
    const asksAgain = response.status === 429 || response.status === 503
    if (!asksAgain || response.headers.get('retry-after') === null) throw refused(response.status)
  }
  throw refused(503)
}

/** Undefined where nobody was reached and there is a try left. */
async function reach(
  { fetch, patience, backoff }: HookCarrier,
  { url, secrets }: { readonly url: string; readonly secrets: readonly string[] },
  body: string,
  deadline: AbortSignal,
  attempt: number,
): Promise<Response | undefined> {
  try {
    const headers = await sign(secrets, body)
    return await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: deadline })
  } catch (cause) {
    if (deadline.aborted) throw late(patience, cause)
    if (attempt === tries) {
      throw new AuthError(422, 'hook_timeout_after_retry', 'Failed to reach hook after maximum retries', { cause })
    }
    await sleep(backoff, undefined, { signal: deadline }).catch((reason: unknown) => {
      throw late(patience, reason)
    })
    return undefined
  }
}

async function sign(secrets: readonly string[], body: string): Promise<Record<string, string>> {
  const { Webhook } = await import('standardwebhooks')
  const id = randomUUID()
  const now = new Date()
  return {
    'content-type': 'application/json',
    'accept-encoding': 'identity',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(' '),
  }
}

async function readJson(response: Response, deadline: AbortSignal): Promise<unknown> {
  const type = response.headers.get('content-type')
  if (type === null) throw wrongType('Invalid Content-Type: Missing Content-Type header')
  if (!/^application\/json\s*(?:;|$)/i.test(type)) {
    throw wrongType(`Invalid JSON response. Received content-type: ${type.slice(0, 100)}`)
  }
  const text = await readText(response, deadline)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new AuthError(500, 'unexpected_failure', 'Error unmarshaling JSON output.', { cause })
  }
}

async function readText(response: Response, deadline: AbortSignal): Promise<string> {
  try {
    return (await readStream(response.body, maximumAnswer, tooLong)).toString()
  } catch (error) {
    if (error instanceof AuthError || !deadline.aborted) throw error
    throw new AuthError(422, 'hook_timeout', 'Failed to reach hook within maximum time', { cause: error })
  }
}

function tooLong(): AuthError {
  const message = `Payload size exceeded size limit of ${maximumAnswer} bytes`
  return new AuthError(422, 'hook_payload_over_size_limit', message)
}

const refusals: Readonly<Record<number, string>> = {
  400: 'Invalid payload sent to hook',
  401: 'Hook requires authorization token',
  429: 'Service currently unavailable due to hook',
  503: 'Service currently unavailable due to hook',
}

function refused(status: number): AuthError {
  const message = refusals[status] ?? `Unexpected status code returned from hook: ${status}`
  return new AuthError(500, 'unexpected_failure', message)
}

function late(patience: number, cause: unknown): AuthError {
  const seconds = (patience / 1000).toFixed(6)
  return new AuthError(422, 'hook_timeout', `Failed to reach hook within maximum time of ${seconds} seconds`, { cause })
}

function wrongType(message: string): AuthError {
  return new AuthError(400, 'hook_payload_invalid_content_type', message)
}
