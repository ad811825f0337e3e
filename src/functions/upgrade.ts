import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import { type Answer, headerOf, type RawHeaders } from './exchange.ts'
import { forwarded, received } from './forward.ts'
import { type Invocation, gone as left } from './invocation.ts'
import type { InvokeOptions } from './invoke.ts'
import { Refusal, refusals } from './refusals.ts'
import type { Lease, Runner } from './worker/index.ts'

export interface UpgradeCall {
  /** `/NAME/rest?query` */
  readonly path: string
  readonly headers: RawHeaders
  /** The client's connection, and what it has sent already. */
  readonly socket: Socket
  readonly head: Buffer
}

/**
 * Connects a client that wants to speak WebSocket with a worker of the function; whether it may, the function answers. Until
 * it has, nothing that the client sends goes on, and nothing ever does after another answer than 101: it would be requests
 * that nobody has looked at. Resolves when the connection is over. It counts as one invocation, and may last as long as one.
 *
 * @throws {Refusal} when there is no worker to ask, or the function gives no answer
 */
export async function upgrade(
  runner: Runner,
  call: UpgradeCall,
  invocation: Invocation,
  options: InvokeOptions,
): Promise<void> {
  const { socket } = call
  const gone = new AbortController()
  const leave = () => gone.abort()
  socket.once('close', leave)
  let lease: Lease
  try {
    lease = runner.leaseNow(invocation) ?? (await runner.lease(invocation, () => gone.signal))
  } catch (error) {
    invocation.unserved(error instanceof Refusal ? refusals[error.code].status : left)
    if (gone.signal.aborted) return
    throw error
  }
  let status: number = left
  try {
    const answer = ask(lease, call, options, gone.signal)
    const answered = await answer.head
    status = answered.status
    const wall = setTimeout(() => socket.destroy(), options.limits.wallMs - (performance.now() - invocation.begun))
    await (answered.tunnel ? connected(call, answered.headers, answered.tunnel) : answer.sent)
    clearTimeout(wall)
  } catch (error) {
    if (error instanceof Refusal) status = refusals[error.code].status
    if (!gone.signal.aborted) throw error
  } finally {
    invocation.status = status
    invocation.cold = lease.cold
    lease.release()
  }
}

interface Head {
  readonly status: number
  readonly headers: RawHeaders
  /** The connection to the worker, where the answer is 101. */
  readonly tunnel?: Duplex
}

/** Asks the worker. An answer other than 101 is sent to the client while it comes. */
function ask(lease: Lease, { path, headers, socket }: UpgradeCall, options: InvokeOptions, gone: AbortSignal) {
  const { limits } = options
  const head = Promise.withResolvers<Head>()
  const sent = Promise.withResolvers<void>()
  let control: Dispatcher.DispatchController | undefined
  let isBegun = false
  let bytes = 0
  const late = setTimeout(() => failed(new Refusal('IDLE_TIMEOUT')), limits.responseMs)
  const failed = (error: Error) => {
    clearTimeout(late)
    head.reject(error instanceof Refusal ? error : new Refusal('WORKER_ERROR', { details: error.message }))
    sent.resolve()
    control?.abort(error)
  }
  gone.addEventListener('abort', () => failed(new Error('The client left')), { once: true })
  const request = { ...forwarded({ method: 'GET', path, headers, body: null }, options), upgrade: 'websocket' }
  lease.worker.dispatcher.dispatch(request, {
    onRequestStart(controller) {
      control = controller
    },
    onRequestUpgrade(_controller, status, headers, tunnel) {
      clearTimeout(late)
      lease.worker.heard()
      head.resolve({ status, headers: received(status, headers), tunnel })
    },
    onResponseStart(controller, status, headers) {
      if (status < 200) return
      clearTimeout(late)
      lease.worker.heard()
      const given = received(status, headers)
      isBegun = true
      head.resolve({ status, headers: given })
      socket.on('drain', () => controller.resume())
      socket.write(headText(status, ['connection', 'close', ...given]), 'latin1')
    },
    onResponseData(controller, chunk) {
      bytes += chunk.length
      if (bytes > limits.responseBytes) return void socket.destroy()
      if (!socket.write(chunk)) controller.pause()
    },
    onResponseEnd() {
      end(socket)
      sent.resolve()
    },
    onResponseError(_controller, error) {
      // Where the head is out, the rest of the answer is missing, and the client is to see that.
      if (isBegun) socket.destroy()
      failed(error)
    },
  })
  head.promise.catch(() => {})
  return { head: head.promise, sent: sent.promise }
}

/** Hands on what each side sends, until one of them has closed. */
async function connected({ socket, head }: UpgradeCall, headers: RawHeaders, worker: Duplex): Promise<void> {
  const over = new Promise<void>((resolve) => {
    for (const [one, other] of [[socket, worker] as const, [worker, socket] as const]) {
      one.on('error', () => other.destroy())
      one.once('close', () => {
        other.destroy()
        resolve()
      })
    }
  })
  if (headerOf(headers, 'sec-websocket-accept') === undefined || socket.destroyed) worker.destroy()
  else {
    socket.write(headText(101, ['connection', 'Upgrade', 'upgrade', 'websocket', ...headers]), 'latin1')
    if (head.length > 0) worker.write(head)
    socket.pipe(worker)
    worker.pipe(socket)
  }
  await over
}

/** Answers a connection that is not to be upgraded, and ends it. */
export function refuseUpgrade(socket: Socket, { status, headers, body }: Answer): void {
  const length = String(Buffer.byteLength(body ?? ''))
  socket.write(`${headText(status, ['connection', 'close', 'content-length', length, ...headers])}${body ?? ''}`)
  end(socket)
}

/** How long, in milliseconds, a client has to close its side too. */
const patience = 5_000

/** Ends a connection. What the client still sends is thrown away: left unread, it would cut off what it is told. */
function end(socket: Socket): void {
  socket.end()
  socket.resume()
  const late = setTimeout(() => socket.destroy(), patience)
  socket.once('close', () => clearTimeout(late))
}

function headText(status: number, headers: RawHeaders): string {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd()]
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
