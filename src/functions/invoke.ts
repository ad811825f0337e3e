import { setTimeout as delay } from 'node:timers/promises'
import type { Answer, Call } from './exchange.ts'
import { type Forwarded, forward } from './forward.ts'
import { Refusal, refusals } from './refusals.ts'
import type { FunctionLimits } from './settings.ts'
import type { Lease, Runner } from './worker/index.ts'

export interface InvokeOptions {
  /** Scheme and host that the function sees in its request's URL: `http://127.0.0.1:54321` */
  readonly origin: string
  readonly limits: Pick<FunctionLimits, 'responseMs' | 'wallMs'>
  /** Told once, when the response has ended. 499 means that the client left before there was one. */
  readonly ended: (invocation: { status: number; ms: number; cold: boolean }) => void
}

const clientGone: Answer = { status: 499, headers: [], body: null }
const bodiless = new Set([101, 204, 205, 304])

/**
 * Has a worker of the function answer a call; bodies stream both ways.
 *
 * @throws {Refusal} when the function gives no response
 */
export async function invoke(runner: Runner, call: Call, options: InvokeOptions): Promise<Answer> {
  const begin = performance.now()
  const report = (status: number, cold: boolean) => options.ended({ status, cold, ms: performance.now() - begin })
  let lease: Lease
  try {
    lease = await runner.lease()
  } catch (error) {
    if (error instanceof Refusal) report(refusals[error.code].status, true)
    throw error
  }

  const cancel = new AbortController()
  const leave = () => cancel.abort('client')
  if (call.signal?.aborted) leave()
  call.signal?.addEventListener('abort', leave, { once: true })
  const late = setTimeout(() => cancel.abort('late'), options.limits.responseMs)
  const finish = (status: number) => {
    call.signal?.removeEventListener('abort', leave)
    lease.release()
    report(status, lease.cold)
  }

  let response: Forwarded
  try {
    response = await forward(lease.worker.dispatcher, call, { origin: options.origin, signal: cancel.signal })
  } catch (error) {
    if (cancel.signal.reason === 'client') {
      finish(clientGone.status)
      return clientGone
    }
    const refusal = await whyNoResponse(lease, error, cancel.signal)
    finish(refusals[refusal.code].status)
    throw refusal
  } finally {
    clearTimeout(late)
  }

  const { status, headers, body } = response
  const wall = setTimeout(() => body.destroy(new Error('wall clock')), options.limits.wallMs)
  body.once('close', () => {
    clearTimeout(wall)
    finish(status)
  })
  if (call.method !== 'HEAD' && !bodiless.has(status)) return { status, headers, body }
  body.resume()
  return { status, headers, body: null }
}

async function whyNoResponse({ worker }: Lease, error: unknown, signal: AbortSignal): Promise<Refusal> {
  if (signal.reason === 'late') {
    // It may be stuck: whoever comes next gets a fresh one.
    worker.retire()
    return new Refusal('IDLE_TIMEOUT')
  }
  const ending = await Promise.race([worker.ended, delay(1_000)])
  if (ending === 'memory') return new Refusal('WORKER_LIMIT')
  return new Refusal('WORKER_ERROR', { details: error instanceof Error ? error.message : String(error) })
}
