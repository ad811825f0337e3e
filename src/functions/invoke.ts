import { Attempt, gone } from './attempt.ts'
import { bodyWithin } from './body-within.ts'
import { type Call, type Recipient, send } from './exchange.ts'
import type { ReadyCall } from './forward.ts'
import { Refusal, refusals } from './refusals.ts'
import type { FunctionLimits } from './settings.ts'
import { type Lease, noUsage, type Runner, type Usage } from './worker/index.ts'

export interface InvokeOptions {
  /** Scheme and host that the function sees in its request's URL: `http://127.0.0.1:54321` */
  readonly origin: string
  readonly host: string
  readonly limits: Pick<FunctionLimits, 'responseMs' | 'wallMs' | 'requestBytes' | 'responseBytes'>
  /** Told once, moments after the response has ended. 499 means that the client left before there was one. */
  readonly ended: (invocation: Outcome) => void
}

export interface Outcome {
  readonly status: number
  readonly ms: number
  readonly cold: boolean
  readonly usage: Usage
}

/**
 * Has a worker of the function answer a call; bodies stream both ways. Resolves with the status when the response has begun.
 * A call that ended up in a process that was about to end, and that the function has not seen, goes to another one, once,
 * unless a part of its body is gone.
 *
 * @throws {Refusal} when the function gives no response
 */
export async function invoke(runner: Runner, call: Call, to: Recipient, options: InvokeOptions): Promise<number> {
  const begun = performance.now()
  const client = watchClient(to)

  function unserved(error: unknown, isGone = client.hasLeft()): number {
    const status = isGone ? gone : error instanceof Refusal ? refusals[error.code].status : 500
    options.ended({ status, ms: performance.now() - begun, cold: true, usage: noUsage })
    if (status !== gone) throw error
    send({ status, headers: [], body: null }, to)
    return status
  }

  let body: ReadyCall['body']
  try {
    const given = bodyWithin(call, options.limits.requestBytes)
    body = given instanceof Promise ? await within(options.limits.responseMs, given) : given
  } catch (error) {
    // A body breaks off only where its client leaves.
    return unserved(error, !(error instanceof Refusal))
  }
  for (let tries = 1; ; tries++) {
    let lease: Lease
    try {
      lease = runner.leaseNow() ?? (await runner.lease(client.departure))
    } catch (error) {
      return unserved(error)
    }
    const attempt = new Attempt(lease, { ...call, body }, to, options, begun)
    client.waitsFor(attempt)
    const attempted = await attempt.run()
    if (attempted !== 'unseen') return attempted
    if (tries > 1 || !(body === null || Buffer.isBuffer(body))) return unserved(new Refusal('WORKER_ERROR'))
  }
}

/** Tells the attempt under way, or the wait for a worker, when the client leaves. */
function watchClient(to: Recipient) {
  let attempt: Attempt | undefined
  let waiting: AbortController | undefined
  let left = false
  to.onReady(() => attempt?.resume())
  to.onGone(() => {
    left = true
    waiting?.abort()
    attempt?.leave()
  })
  return {
    hasLeft: () => left,
    waitsFor(next: Attempt) {
      attempt = next
      if (left) next.leave()
    },
    /** Made for those that wait; most do not. */
    departure(): AbortSignal {
      waiting ??= new AbortController()
      if (left) waiting.abort()
      return waiting.signal
    },
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
