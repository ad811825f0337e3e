import type { Socket } from 'node:net'
import pg from 'pg'
import { type Answer, type Asker, identity, type Line, nameOf, poolOf, type Statement, type Trips } from './trips.ts'

/**
 * The least that Node can do between a socket of Postgres and one of HTTP: node-postgres connects and logs in, then its
 * socket is written to and read here. No value becomes a string, and who asks is bound from the same bytes each time.
 */
export function openRawTrips(login: pg.ClientConfig): Promise<Trips> {
  return poolOf(async () => {
    const client = new pg.Client(login)
    await client.connect()
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
    return new RawLine(stream)
  })
}

const code = { dataRow: 68, commandComplete: 67, readyForQuery: 90, error: 69 }
/** A message's type and length, the number of columns, the length of the one column. */
const rowHead = 1 + 4 + 2 + 4

class RawLine implements Line {
  readonly #socket: Socket
  readonly #parsed = new Set<string>()
  readonly #identities = new WeakMap<Asker, Buffer>()
  #answer: Answer = () => {}
  #completed = 0
  #body: Buffer[] = []
  #error: Error | undefined
  /** Bytes that are still to come of a row, and whether they are wanted. */
  #left = 0
  #wanted = false
  /** The beginning of a message that has not come whole. */
  #begun: Buffer | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.removeAllListeners('data')
    socket.on('data', (chunk) => this.#read(chunk))
  }

  run(asker: Asker, statement: Statement, values: readonly string[], answer: Answer): void {
    this.#answer = answer
    this.#completed = 0
    this.#body = []
    this.#error = undefined
    const name = nameOf(asker, statement)
    const parts = [...this.#parseOnce(identity.name, identity.text), this.#identityOf(asker)]
    parts.push(...this.#parseOnce(name, statement.text), bindAndExecute(name, values), message('S', Buffer.alloc(0)))
    this.#socket.write(Buffer.concat(parts))
  }

  #parseOnce(name: string, text: string): Buffer[] {
    if (this.#parsed.has(name)) return []
    this.#parsed.add(name)
    return [message('P', Buffer.from(`${name}\0${text}\0\0\0`))]
  }

  #identityOf(asker: Asker): Buffer {
    const known = this.#identities.get(asker) ?? bindAndExecute(identity.name, [asker.role, asker.claims])
    this.#identities.set(asker, known)
    return known
  }

  #read(chunk: Buffer): void {
    let data = this.#begun ? Buffer.concat([this.#begun, chunk]) : chunk
    this.#begun = undefined
    if (this.#left > 0) data = this.#take(data, this.#left)
    while (data.length >= 5) {
      const type = data[0]
      const size = 1 + data.readInt32BE(1)
      if (type === code.dataRow && data.length >= rowHead) {
        this.#wanted = this.#completed === 1
        data = this.#take(data.subarray(rowHead), size - rowHead)
        continue
      }
      if (data.length < size) break
      const whole = data.subarray(0, size)
      data = data.subarray(size)
      if (type === code.commandComplete) this.#completed++
      else if (type === code.error) this.#error = new Error(whole.toString('utf8', 5))
      else if (type === code.readyForQuery) this.#answer(this.#error, this.#body)
    }
    if (data.length > 0) this.#begun = data
  }

  /** Takes so many bytes of a row, or what is there of them; answers what follows. */
  #take(data: Buffer, size: number): Buffer {
    const here = data.subarray(0, size)
    if (this.#wanted && here.length > 0) this.#body.push(here)
    this.#left = size - here.length
    return data.subarray(size)
  }
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(4 + body.length, 1)
  return Buffer.concat([head, body])
}

const execute = message('E', Buffer.alloc(5))

function bindAndExecute(name: string, values: readonly string[]): Buffer {
  const lengths = values.map((value) => Buffer.byteLength(value))
  const size = 5 + 1 + name.length + 1 + 2 + 2 + lengths.reduce((sum, length) => sum + 4 + length, 0) + 2
  const bytes = Buffer.allocUnsafe(size + execute.length)
  let at = bytes.write('B')
  at = bytes.writeInt32BE(size - 1, at)
  at += bytes.write(`\0${name}\0`, at, 'latin1')
  at = bytes.writeInt16BE(0, at)
  at = bytes.writeInt16BE(values.length, at)
  for (const [i, value] of values.entries()) {
    at = bytes.writeInt32BE(lengths[i] ?? 0, at)
    at += bytes.write(value, at)
  }
  at = bytes.writeInt16BE(0, at)
  execute.copy(bytes, at)
  return bytes
}
