import type { IncomingHttpHeaders } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import { type Recipient, type Sender, send } from './exchange.ts'
import { forwarded, type ReadyCall, received } from './forward.ts'
import { gone, type Invocation } from './invocation.ts'
import type { InvokeOptions } from './invoke.ts'
import { Refusal, refusals } from './refusals.ts'
import { isExcess, keptBackMs, type Lease } from './worker/index.ts'

/** What came of an attempt: the status of a response that has begun, or that the function never saw the call. */
export type Attempted = number | 'unseen'

/** What ended an attempt that its worker did not end. */
type Cause = 'client' | 'late' | 'size' | 'wall'

/** Has one worker answer a call, and hands the response on. There are many at a time: each is one object. */
export class Attempt implements Sender, Dispatcher.DispatchHandler {
  readonly #lease: Lease
  readonly #call: ReadyCall
  readonly #to: Recipient
  readonly #invocation: Invocation
  readonly #options: InvokeOptions
  readonly #outcome = Promise.withResolvers<Attempted>()
  #timer: NodeJS.Timeout | undefined
  #control: Dispatcher.DispatchController | undefined
  #status = 0
  #received = 0
  #cause: Cause | undefined
  #isKeptBack = false
  #isRefused = false
  #over = false

  constructor(lease: Lease, call: ReadyCall, to: Recipient, invocation: Invocation, options: InvokeOptions) {
    this.#lease = lease
    this.#call = call
    this.#to = to
    this.#invocation = invocation
    this.#options = options
  }

  /** @throws {Refusal} when the function gives no response */
  run(): Promise<Attempted> {
    const { responseMs, wallMs } = this.#options.limits
    this.#expireIn(Math.min(responseMs, wallMs))
    this.#lease.worker.dispatcher.dispatch(forwarded(this.#call, this.#options), this)
    return this.#outcome.promise
  }

  /** The recipient takes pieces again. */
  resume(): void {
    this.#control?.resume()
  }

  /** Nobody waits for the response any more. */
  leave(): void {
    this.#abort('client')
  }

  onRequestStart(control: Dispatcher.DispatchController): void {
    this.#control = control
    if (this.#cause) control.abort(new Error(this.#cause))
  }

  onResponseStart(control: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return
    const { worker } = this.#lease
    worker.heard()
    const isTooLong = Number(headers['content-length'] ?? 0) > this.#options.limits.responseBytes
    if (isTooLong && this.#call.method !== 'HEAD') return void this.#abort('size')
    // One to HEAD is over with its head.
    const isKeptBack = status >= 500 && worker.owes && this.#call.method !== 'HEAD'
    if (!isKeptBack) return void this.#begin(status, headers)
    this.#isKeptBack = true
    control.pause()
    setTimeout(() => {
      if (this.#isRefused || this.#cause !== undefined) return
      this.#begin(status, headers)
      control.resume()
    }, keptBackMs)
  }

  #begin(status: number, headers: IncomingHttpHeaders): void {
    this.#status = status
    this.#to.head(status, received(status, headers))
    this.#outcome.resolve(status)
  }

  onResponseData(control: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#received += chunk.length
    if (this.#received > this.#options.limits.responseBytes) this.#abort('size')
    if (this.#cause === undefined && !this.#to.data(chunk)) control.pause()
  }

  onResponseEnd(): void {
    if (this.#status === 0) return
    this.#finish(this.#status)
    this.#to.end()
  }

  onResponseError(_control: unknown, error: Error): void {
    if (this.#status === 0) return void this.#refuse(error)
    if (this.#cause === undefined) this.#lease.worker.brokeOff()
    this.#finish(this.#status)
    this.#to.broken(error)
    // Where it was the response's head that could not be sent.
    this.#outcome.resolve(this.#status)
  }

  #expireIn(ms: number): void {
    this.#timer = setTimeout(() => this.#expire(), Math.max(ms, 0))
  }

  #expire(): void {
    const { responseMs, wallMs } = this.#options.limits
    const isBeforeHead = this.#status === 0 && !this.#isKeptBack && responseMs < wallMs
    const limit = isBeforeHead ? responseMs : wallMs
    const left = limit - (performance.now() - this.#invocation.begun)
    if (left > 0) this.#expireIn(left)
    else this.#abort(isBeforeHead ? 'late' : 'wall')
  }

  #abort(cause: Cause): void {
    if (this.#over || this.#cause !== undefined) return
    this.#cause = cause
    if (this.#control) this.#control.abort(new Error(cause))
    else void this.#refuse(new Error(cause))
  }

  async #refuse(error: Error): Promise<void> {
    if (this.#isRefused) return
    this.#isRefused = true
    const { worker } = this.#lease
    if (this.#cause === 'client') {
      this.#finish(gone)
      send({ status: gone, headers: [], body: null }, this.#to)
      return this.#outcome.resolve(gone)
    }
    // What was not sent, or ended up in a process that was about to end, the function has not seen.
    const ended = this.#cause === undefined && !(error instanceof Refusal) && !isTooLong(error)
    if (ended && !this.#isKeptBack && (this.#control === undefined || (await worker.endedUnheard()))) {
      clearTimeout(this.#timer)
      this.#over = true
      // Nor is anybody else to be sent there.
      worker.retire('termination')
      this.#lease.release(false)
      return this.#outcome.resolve('unseen')
    }
    const refusal = await whyNoResponse(this.#lease, error, this.#cause)
    this.#finish(refusals[refusal.code].status)
    if (worker.owes) await delay(keptBackMs)
    this.#outcome.reject(refusal)
  }

  #finish(status: number): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#timer)
    this.#invocation.status = status
    this.#invocation.cold = this.#lease.cold
    this.#lease.release()
  }
}

async function whyNoResponse({ worker }: Lease, error: Error, cause: Cause | undefined): Promise<Refusal> {
  if (error instanceof Refusal) return error
  if (cause === 'size') return new Refusal('WORKER_LIMIT', { details: 'The response is larger than it may be' })
  if (cause === 'late') {
    // It may be stuck: whoever comes next gets a fresh one.
    worker.retire('wall_clock')
    return new Refusal('IDLE_TIMEOUT')
  }
  if (cause === 'wall') {
    worker.retire('wall_clock')
    return new Refusal('WORKER_LIMIT', { details: 'The call took longer than it may' })
  }
  if (isTooLong(error)) {
    return new Refusal('WORKER_LIMIT', { details: 'The headers of the response are larger than they may be' })
  }
  const ending = await Promise.race([worker.ended, delay(1_000)])
  if (isExcess(ending || undefined)) return new Refusal('WORKER_LIMIT')
  return new Refusal('WORKER_ERROR', { details: error.message })
}

function isTooLong(error: Error): boolean {
  return 'code' in error && error.code === 'UND_ERR_HEADERS_OVERFLOW'
}
