import { Attempt } from './attempt.ts'
import { bodyWithin } from './body-within.ts'
import { type Call, type Recipient, type Sender, send } from './exchange.ts'
import type { ReadyCall } from './forward.ts'
import { gone, type Invocation } from './invocation.ts'
import { Refusal, refusals } from './refusals.ts'
import type { FunctionLimits } from './settings.ts'
import type { Lease, Runner } from './worker/index.ts'

export interface InvokeOptions {
  /** Scheme and host that the function sees in its request's URL: `http://127.0.0.1:54321` */
  readonly origin: string
  readonly host: string
  readonly limits: Pick<FunctionLimits, 'responseMs' | 'wallMs' | 'requestBytes' | 'responseBytes'>
}

/**
 * Has a worker of the function answer a call; bodies stream both ways. Resolves with the status when the response has begun.
 * A call that ended up in a process that was about to end, and that the function has not seen, goes to another one, once,
 * unless a part of its body is gone.
 *
 * @throws {Refusal} when the function gives no response
 */
export async function invoke(
  runner: Runner,
  call: Call,
  to: Recipient,
  invocation: Invocation,
  options: InvokeOptions,
): Promise<number> {
  const client = new Client(to)

  let body: ReadyCall['body']
  try {
    const given = bodyWithin(call, options.limits.requestBytes)
    body = given instanceof Promise ? await within(options.limits.responseMs, given) : given
  } catch (error) {
    // A body breaks off only where its client leaves.
    return unserved(error, !(error instanceof Refusal), to, invocation)
  }
  const ready: ReadyCall = body === call.body ? call : { ...call, body }
  for (let tries = 1; ; tries++) {
    let lease: Lease
    try {
      lease = runner.leaseNow(invocation) ?? (await runner.lease(invocation, () => client.departure()))
    } catch (error) {
      return unserved(error, client.hasLeft, to, invocation)
    }
    const attempt = new Attempt(lease, ready, to, invocation, options)
    client.waitsFor(attempt)
    const attempted = await attempt.run()
    if (attempted !== 'unseen') return attempted
    if (tries > 1 || !(body === null || Buffer.isBuffer(body))) {
      return unserved(new Refusal('WORKER_ERROR'), client.hasLeft, to, invocation)
    }
  }
}

/** Ends a call that no worker was asked. @throws what kept it, unless its client is gone */
function unserved(error: unknown, isGone: boolean, to: Recipient, invocation: Invocation): number {
  const status = isGone ? gone : error instanceof Refusal ? refusals[error.code].status : 500
  invocation.unserved(status)
  if (status !== gone) throw error
  send({ status, headers: [], body: null }, to)
  return status
}

/** Tells the attempt under way, or the wait for a worker, when the client leaves. */
class Client implements Sender {
  hasLeft = false
  #attempt: Attempt | undefined
  #waiting: AbortController | undefined

  constructor(to: Recipient) {
    to.tell(this)
  }

  resume(): void {
    this.#attempt?.resume()
  }

  leave(): void {
    this.hasLeft = true
    this.#waiting?.abort()
    this.#attempt?.leave()
  }

  waitsFor(next: Attempt): void {
    this.#attempt = next
    if (this.hasLeft) next.leave()
  }

  /** Made for those that wait; most do not. */
  departure(): AbortSignal {
    this.#waiting ??= new AbortController()
    if (this.hasLeft) this.#waiting.abort()
    return this.#waiting.signal
  }
}

/** A body that does not come is not waited for. */
async function within(ms: number, body: Promise<Buffer>): Promise<Buffer> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Refusal('IDLE_TIMEOUT')), ms)
  try {
    return await Promise.race([body, late.promise])
  } finally {
    clearTimeout(timer)
    body.catch(() => {})
  }
}
