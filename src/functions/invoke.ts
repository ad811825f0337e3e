import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { bodyWithin } from './body-within.ts'
import { type Call, headerOf, type Recipient, send } from './exchange.ts'
import { type Forwarded, forward } from './forward.ts'
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

const gone = 499

/**
 * Has a worker of the function answer a call; bodies stream both ways. Resolves with the status when the response has begun.
 *
 * @throws {Refusal} when the function gives no response
 */
export async function invoke(runner: Runner, call: Call, to: Recipient, options: InvokeOptions): Promise<number> {
  const { limits } = options
  const begun = performance.now()
  const leaving = new AbortController()
  let leave = () => leaving.abort()
  to.onGone(() => leave())

  let lease: Lease
  let body: Readable | null
  try {
    body = bodyWithin(call, limits.requestBytes)
    lease = await runner.lease(leaving.signal)
  } catch (error) {
    const status = leaving.signal.aborted ? gone : error instanceof Refusal ? refusals[error.code].status : 500
    options.ended({ status, ms: performance.now() - begun, cold: true, usage: noUsage })
    if (status !== gone) throw error
    send({ status, headers: [], body: null }, to)
    return status
  }

  const { promise, resolve, reject } = Promise.withResolvers<number>()
  let status: number | undefined
  let received = 0
  let cause: 'client' | 'late' | 'size' | 'wall' | undefined
  let over = false

  const finish = (as: number) => {
    if (over) return
    over = true
    clearTimeout(timer)
    const ms = performance.now() - begun
    lease.release((usage) => options.ended({ status: as, ms, cold: lease.cold, usage }))
  }
  const abort = (why: NonNullable<typeof cause>) => {
    if (over || cause !== undefined) return
    cause = why
    forwarded.abort(new Error(why))
  }
  const refuse = async (error: Error) => {
    const refusal = cause === 'client' ? undefined : await whyNoResponse(lease, error, cause)
    finish(refusal === undefined ? gone : refusals[refusal.code].status)
    if (refusal) return reject(refusal)
    send({ status: gone, headers: [], body: null }, to)
    resolve(gone)
  }

  let timer = setTimeout(() => abort('late'), limits.responseMs)
  const forwarded: Forwarded = forward(lease.worker.dispatcher, { ...call, body }, options, {
    head(given, headers) {
      if (Number(headerOf(headers, 'content-length') ?? 0) > limits.responseBytes && call.method !== 'HEAD') {
        return abort('size')
      }
      clearTimeout(timer)
      timer = setTimeout(() => abort('wall'), limits.wallMs - (performance.now() - begun))
      status = given
      to.head(given, headers)
      resolve(given)
    },
    data(chunk) {
      received += chunk.length
      if (received > limits.responseBytes) abort('size')
      return cause !== undefined || to.data(chunk)
    },
    end() {
      if (status === undefined) return
      finish(status)
      to.end()
    },
    failed(error) {
      if (status === undefined) return void refuse(error)
      // Its process may be about to end, and whoever comes next is not to find out.
      if (cause === undefined) lease.worker.retire('termination')
      finish(status)
      to.broken(error)
      // Where it was the response's head that could not be sent.
      resolve(status)
    },
  })
  to.onReady(() => forwarded.resume())
  leave = () => abort('client')
  if (leaving.signal.aborted) leave()
  return await promise
}

async function whyNoResponse({ worker }: Lease, error: Error, cause: string | undefined): Promise<Refusal> {
  if (error instanceof Refusal) return error
  if (cause === 'size') return new Refusal('WORKER_LIMIT', { details: 'The response is larger than it may be' })
  if (cause === 'late') {
    // It may be stuck: whoever comes next gets a fresh one.
    worker.retire('wall_clock')
    return new Refusal('IDLE_TIMEOUT')
  }
  const ending = await Promise.race([worker.ended, delay(1_000)])
  if (ending === 'memory' || ending === 'cpu') return new Refusal('WORKER_LIMIT')
  return new Refusal('WORKER_ERROR', { details: error.message })
}
