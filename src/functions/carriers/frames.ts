import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Answered, type Carried, type Carrier, headTooLong } from './carrier.ts'
import { FrameReader } from './frame-reader.ts'
import { FrameWriter } from './frame-writer.ts'
import { type Asking, Breach, FramedAnswer } from './framed-answer.ts'

// The other side is ../deno/frames.js.
const asks = { call: 1, callWithBody: 2, grant: 3, abort: 4 } as const
const answers = { head: 1, whole: 2, data: 3, end: 4, broken: 5, tooLong: 6 } as const

/** One connection to a process, over which calls and answers go as frames, many at a time. */
export interface Frames extends Carrier {
  close(): void
}

/** A call that frames can carry. */
export interface FramedCall extends Carried {
  readonly body: Buffer | null
}

const mostCall = 64 * 1024
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Whether a call is as most are: small, whole, and one that a `Request` can be made of. */
export function isFramed(call: Carried): call is FramedCall {
  const { method, body, headers, path } = call
  if (!methods.has(method)) return false
  if (body !== null && !(Buffer.isBuffer(body) && body.length <= mostCall && method !== 'GET' && method !== 'HEAD')) {
    return false
  }
  let size = path.length
  for (const part of headers) size += part.length
  return size <= mostCall / 2
}

/**
 * @param closed told when the connection is over, with what the process did that it must not
 * @throws Error when nobody listens
 */
export async function connectFrames(path: string, closed: (breach?: Breach) => void): Promise<Frames> {
  const reader = new FrameReader((kind, id, from, start, end) => frames.take(kind, id, from, start, end))
  let breach: Breach | undefined
  const buffer = Buffer.allocUnsafeSlow(64 * 1024)
  const socket = connect({
    path,
    onread: {
      buffer,
      callback(size) {
        try {
          reader.push(buffer.subarray(0, size))
        } catch (error) {
          breach ??= error instanceof Breach ? error : new Breach(String(error))
          socket.destroy()
        }
        return true
      },
    },
  })
  const frames = new FramesOver(socket)
  socket.on('error', () => {})
  socket.once('close', () => {
    frames.over()
    closed(breach)
  })
  await once(socket, 'connect')
  return frames
}

class FramesOver implements Frames, Asking {
  readonly #socket: Socket
  readonly #writer = new FrameWriter()
  /** Those whose last frame has not come, also where nobody waits for it any more. */
  readonly #answers = new Map<number, FramedAnswer>()
  #last = 0

  constructor(socket: Socket) {
    this.#socket = socket
  }

  carry(call: FramedCall, answered: Answered): void {
    if (this.#socket.destroyed) return void answered.failed(new Error('The process has closed its connection'))
    const { method, path, headers, body } = call
    this.#last = (this.#last + 1) >>> 0
    const id = this.#last
    const answer = new FramedAnswer(id, answered, { isHead: method === 'HEAD', asking: this })
    answered.begun(answer)
    // Its client had left before.
    if (answer.isOver) return
    this.#answers.set(id, answer)
    let text = `${method}\n${path}`
    for (const part of headers) text += `\n${part}`
    this.#soon()
    this.#writer.addWithBody(body ? asks.callWithBody : asks.call, id, text, body ?? none)
  }

  grant(id: number, bytes: number): void {
    this.#soon()
    this.#writer.add(asks.grant, id, bytes)
  }

  abort(id: number): void {
    this.#soon()
    this.#writer.add(asks.abort, id)
  }

  close(): void {
    this.#socket.destroy()
  }

  over(): void {
    const left = [...this.#answers.values()]
    this.#answers.clear()
    for (const answer of left) answer.failed(new Error('The process has closed its connection'))
  }

  take(kind: number, id: number, from: Buffer, start: number, end: number): void {
    const answer = this.#answers.get(id)
    if (answer === undefined) throw new Breach('an answer to no call')
    switch (kind) {
      case answers.whole:
        this.#answers.delete(id)
        return void withHead(answer, from, start, end, true)
      case answers.head:
        return void withHead(answer, from, start, end, false)
      case answers.data:
        return void answer.data(Buffer.from(from.subarray(start, end)))
    }
    this.#answers.delete(id)
    if (kind === answers.end) answer.end()
    else if (kind === answers.broken) answer.failed(new Error('The response broke off'))
    else if (kind === answers.tooLong) answer.failed(headTooLong())
    else throw new Breach('a frame of no kind')
  }

  /** What is written in one turn of the event loop goes together: each write by itself would wake its reader. */
  #soon(): void {
    if (this.#writer.size === 0) setImmediate(this.#write)
  }

  readonly #write = () => {
    if (!this.#socket.destroyed) this.#socket.write(this.#writer.take())
  }
}

const none = Buffer.alloc(0)

function withHead(answer: FramedAnswer, from: Buffer, start: number, end: number, isWhole: boolean): void {
  if (end - start < 4) throw new Breach('a head without a size')
  const body = start + 4 + from.readUInt32LE(start)
  if (body > end || (!isWhole && body < end)) throw new Breach('a head larger than its frame')
  answer.head(from.toString('utf8', start + 4, body), isWhole ? Buffer.from(from.subarray(body, end)) : undefined)
}
