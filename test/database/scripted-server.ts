import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { ClientConfig } from 'pg'
import { bound, complete, error, int16, int32, message, ready, row } from './messages.ts'

/**
 * What speaks as Postgres does, so far as a connection asks it, and answers when it is told to: a test decides when the
 * server comes to what, and sees what is sent in one write.
 */
export interface ScriptedServer {
  readonly config: ClientConfig
  /** The next connection for round trips; those of node-postgres alone do not count. */
  session(): Promise<ScriptedSession>
  /** The next CancelRequest. */
  cancel(): Promise<ScriptedCancel>
  /** CancelRequests that nobody took. */
  readonly cancels: number
  close(): void
}

/** What was sent up to one Sync. */
export interface ScriptedExchange {
  /** The first value of its last statement. */
  readonly label: string
  /** How many statements it runs. */
  readonly runs: number
  /** The SQL that it prepares. */
  readonly prepares: readonly string[]
}

export interface ScriptedSession {
  /** Counted from 1. */
  readonly number: number
  /** What came in the next write; nothing at the end of the connection. */
  received(): Promise<readonly ScriptedExchange[] | 'closed'>
  /** Answers the first that is not answered yet; with its label and who answers, unless something else is given. */
  answer(value?: string): void
  /** Lets it fail in its last statement, or in an earlier one. */
  fail(code: string, statement?: number): void
  /** How many are not answered yet. */
  readonly unanswered: number
  /** Answers whatever comes, and has come. */
  serve(): void
}

export interface ScriptedCancel {
  readonly session: number
  /** As Postgres does once the session has been told. */
  hangUp(): void
  /** Nobody can say whether it has been. */
  breakOff(): void
}

/** @param pooled whether it says another process id at login than it does to SQL, as a pooler would */
export async function startScriptedServer({ pooled = false } = {}): Promise<ScriptedServer> {
  const sessions = new Arrivals<ScriptedSession>()
  const cancels = new Arrivals<ScriptedCancel>()
  const sockets = new Set<Socket>()
  const numbers = new Map<number, number>()

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    const processId = sockets.size
    let asked: ReturnType<typeof openSession> | undefined
    readMessages(socket, {
      login() {
        socket.write(Buffer.concat([message('R', int32(0)), message('K', int32(processId, 0)), ready]))
      },
      cancel(session) {
        cancels.push({
          session: numbers.get(session) ?? 0,
          hangUp: () => socket.end(),
          breakOff: () => socket.resetAndDestroy(),
        })
      },
      query(text) {
        if (!text.includes('pg_backend_pid')) return void socket.write(Buffer.concat([complete, ready]))
        numbers.set(processId, numbers.size + 1)
        asked = openSession(socket, numbers.size)
        sessions.push(asked.session)
        const pid = String(pooled ? processId + 1000 : processId)
        socket.write(Buffer.concat([pidColumn, row(pid), complete, ready]))
      },
      exchanges: (all) => asked?.received(all),
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    config: { host: '127.0.0.1', port: (server.address() as AddressInfo).port, user: 'any', database: 'any' },
    session: () => sessions.next(),
    cancel: () => cancels.next(),
    get cancels() {
      return cancels.count
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

function openSession(socket: Socket, number: number) {
  const writes = new Arrivals<readonly ScriptedExchange[] | 'closed'>()
  const pending: ScriptedExchange[] = []
  let serving = false
  socket.on('close', () => writes.push('closed'))

  const first = () => {
    const exchange = pending.shift()
    if (!exchange) throw new Error('nothing is to be answered')
    return exchange
  }
  const session: ScriptedSession = {
    number,
    received: () => writes.next(),
    get unanswered() {
      return pending.length
    },
    answer(value) {
      const { label, runs } = first()
      const before = new Array(runs - 1).fill(complete)
      socket.write(Buffer.concat([bound, ...before, row(value ?? `${number} ${label}`), complete, ready]))
    },
    fail(code, statement) {
      const { runs } = first()
      const before = new Array(statement ?? runs - 1).fill(complete)
      socket.write(Buffer.concat([...before, error(code, 'as it is told to'), ready]))
    },
    serve() {
      serving = true
      while (pending.length > 0) session.answer()
    },
  }
  return {
    session,
    received(exchanges: readonly ScriptedExchange[]) {
      pending.push(...exchanges)
      writes.push(exchanges)
      if (serving) session.serve()
    },
  }
}

interface Messages {
  login(): void
  cancel(processId: number): void
  query(text: string): void
  /** What came at once. */
  exchanges(all: readonly ScriptedExchange[]): void
}

const cancelCode = 80_877_102

/** A client's messages. A write is as small as to come in one piece. */
function readMessages(socket: Socket, handler: Messages): void {
  let hasBegun = false
  socket.on('data', (bytes) => {
    const exchanges: ScriptedExchange[] = []
    let at = 0
    if (!hasBegun) {
      hasBegun = true
      at = bytes.readInt32BE(0)
      if (bytes.readInt32BE(4) === cancelCode) handler.cancel(bytes.readInt32BE(8))
      else handler.login()
    }
    let [label, runs, prepares]: [string, number, string[]] = ['', 0, []]
    for (let end = at; at < bytes.length; at = end) {
      end = at + 1 + bytes.readInt32BE(at + 1)
      const body = bytes.subarray(at + 5, end)
      const [name = '', text = ''] = body.toString().split('\0')
      switch (String.fromCharCode(bytes[at] ?? 0)) {
        case 'Q':
          handler.query(name)
          break
        case 'P':
          prepares.push(text)
          break
        case 'B':
          runs++
          label = firstValue(body)
          break
        case 'S':
          exchanges.push({ label, runs, prepares })
          ;[label, runs, prepares] = ['', 0, []]
          break
      }
    }
    if (exchanges.length > 0) handler.exchanges(exchanges)
  })
}

/** Of a Bind: behind two names, no formats, and how many there are. */
function firstValue(bind: Buffer): string {
  const at = bind.indexOf(0, bind.indexOf(0) + 1) + 5
  return bind.toString('utf8', at + 4, at + 4 + bind.readInt32BE(at))
}

const pidColumn = message(
  'T',
  Buffer.concat([int16(1), Buffer.from('pid\0'), int32(0), int16(0), int32(23), int16(4), int32(-1), int16(0)]),
)

/** What comes, and whoever waits for it. */
class Arrivals<T> {
  readonly #here: T[] = []
  readonly #waiting: ((item: T) => void)[] = []

  get count(): number {
    return this.#here.length
  }

  push(item: T): void {
    const taker = this.#waiting.shift()
    if (taker) taker(item)
    else this.#here.push(item)
  }

  next(): Promise<T> {
    const [item] = this.#here.splice(0, 1)
    if (item !== undefined) return Promise.resolve(item)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
