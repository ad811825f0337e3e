import { connect, type Socket } from 'node:net'
import { type Answer, endToEnd, type RawHeaders } from './exchange.ts'
import type { InvokeOptions } from './invoke.ts'
import { Refusal, refusals } from './refusals.ts'
import { type Lease, noUsage, type Runner } from './worker/index.ts'

export interface UpgradeCall {
  /** `/NAME/rest?query` */
  readonly path: string
  readonly headers: RawHeaders
  /** The client's connection, and what it has sent already. */
  readonly socket: Socket
  readonly head: Buffer
}

const ours: ReadonlySet<string> = new Set(['host'])

/**
 * Connects a client that wants to speak WebSocket with a worker of the function; whether it may, the function answers.
 * Resolves when the connection is over. It counts as one invocation, and may last as long as one.
 *
 * @throws {Refusal} when there is no worker to ask
 */
export async function upgrade(runner: Runner, call: UpgradeCall, options: InvokeOptions): Promise<void> {
  const { socket, head } = call
  const begun = performance.now()
  const gone = new AbortController()
  const leave = () => gone.abort()
  socket.once('close', leave)
  let lease: Lease
  try {
    lease = runner.leaseNow() ?? (await runner.lease(() => gone.signal))
  } catch (error) {
    const status = error instanceof Refusal ? refusals[error.code].status : 499
    options.ended({ status, ms: performance.now() - begun, cold: true, usage: noUsage })
    if (gone.signal.aborted) return
    throw error
  } finally {
    socket.off('close', leave)
  }

  const worker = connect(lease.worker.socket)
  let status = 499
  const over = new Promise<void>((resolve) => {
    for (const [one, other] of [[socket, worker] as const, [worker, socket] as const]) {
      one.on('error', () => other.destroy())
      one.once('close', () => {
        other.destroy()
        resolve()
      })
    }
  })
  const wall = setTimeout(() => socket.destroy(), options.limits.wallMs)
  const late = setTimeout(() => socket.destroy(), options.limits.responseMs)
  worker.once('connect', () => {
    worker.write(requestHead(call, options), 'latin1')
    if (head.length > 0) worker.write(head)
  })
  worker.once('data', (first: Buffer) => {
    clearTimeout(late)
    lease.worker.heard()
    status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first.toString('latin1', 0, 16))?.[1] ?? 502)
  })
  socket.pipe(worker)
  worker.pipe(socket)
  await over
  clearTimeout(wall)
  clearTimeout(late)
  const ms = performance.now() - begun
  lease.release((usage) => options.ended({ status, ms, cold: lease.cold, usage }))
}

function requestHead({ path, headers }: UpgradeCall, { origin, host }: InvokeOptions): string {
  const lines = [`GET ${origin}${path} HTTP/1.1`, `host: ${host}`, 'connection: Upgrade', 'upgrade: websocket']
  const kept = endToEnd(headers, ours)
  for (let i = 0; i < kept.length; i += 2) lines.push(`${kept[i]}: ${kept[i + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** Answers a connection that is not to be upgraded, and ends it. */
export function refuseUpgrade(socket: Socket, { status, headers, body }: Answer): void {
  const lines = [`HTTP/1.1 ${status} Refused`, 'connection: close', `content-length: ${Buffer.byteLength(body ?? '')}`]
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`)
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`)
}
