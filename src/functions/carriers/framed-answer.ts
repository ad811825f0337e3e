import { type Answered, type Control, headTooLong, mostHead, UnfitAnswer } from './carrier.ts'

/** Bytes of a body that a process may send before it is told that they have been taken. */
const window = 128 * 1024

/** What an answer asks of its connection. */
export interface Asking {
  grant(id: number, bytes: number): void
  abort(id: number): void
}

const isName = /^[!#$%&'*+\-.^_`|~\w]+$/
const isValue = /^[\t\x20-\x7e\x80-\xff]*$/
// Answers with these have no body (RFC 9110, 6.4.1).
const bodiless: ReadonlySet<number> = new Set([204, 205, 304])

/** Whoever writes frames other than these is no longer spoken to. */
export class Breach extends Error {}

/**
 * One answer that comes as frames. The function's code runs in the process that sends them, so none is believed: what
 * breaks HTTP breaks the answer, and what breaks the protocol the connection.
 */
export class FramedAnswer implements Control {
  readonly #id: number
  readonly #answered: Answered
  readonly #isHead: boolean
  readonly #asking: Asking
  #hasHead = false
  /** Nobody waits for it any more. */
  #isOver = false
  #isPaused = false
  /** Bytes taken since the process was last told, and those that it has sent since. */
  #taken = 0
  #sent = 0
  /** Bytes of the body that are still to come, where the answer says how many there are. */
  #missing: number | undefined

  constructor(id: number, answered: Answered, { isHead, asking }: { isHead: boolean; asking: Asking }) {
    this.#id = id
    this.#answered = answered
    this.#isHead = isHead
    this.#asking = asking
  }

  get isOver(): boolean {
    return this.#isOver
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#grant()
  }

  abort(reason: Error): void {
    if (this.#isOver) return
    this.#asking.abort(this.#id)
    this.failed(reason)
  }

  failed(error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#answered.failed(error)
  }

  /**
   * @param text status, name, value, name, value …, a line each
   * @param whole the body, where nothing else follows
   */
  head(text: string, whole: Buffer | undefined): void {
    if (this.#hasHead) throw new Breach('a second head')
    this.#hasHead = true
    if (this.#isOver) return
    const given = text.split('\n')
    const status = Number(given.shift())
    const problem = problemOf(status, given)
    if (problem) return void (whole ? this.failed(problem) : this.abort(problem))
    const { headers, length } = withoutLength(given)
    const hasBody = !(this.#isHead || bodiless.has(status))
    const known = whole && hasBody ? whole.length : length
    if (known !== undefined && status !== 204) headers.push('content-length', String(known))
    this.#hand(() => this.#answered.head(status, headers))
    if (this.#isOver) return
    if (whole === undefined) this.#missing = hasBody ? length : 0
    else {
      if (hasBody && whole.length > 0) this.#hand(() => this.#answered.data(whole))
      this.end()
    }
  }

  data(chunk: Buffer): void {
    if (!this.#hasHead) throw new Breach('a body before its head')
    this.#sent += chunk.length
    if (this.#sent > window) throw new Breach('more than there is room for')
    if (this.#isOver) return
    if (this.#missing !== undefined) this.#missing -= chunk.length
    if ((this.#missing ?? 0) < 0) return void this.abort(new Error('The response is longer than it says'))
    this.#taken += chunk.length
    this.#hand(() => this.#answered.data(chunk))
    this.#grant()
  }

  end(): void {
    if (this.#isOver) return
    if (!this.#hasHead) throw new Breach('an end without a head')
    if ((this.#missing ?? 0) > 0) return void this.failed(new Error('The response is shorter than it says'))
    this.#isOver = true
    this.#answered.end()
  }

  /** What goes wrong with whoever takes it is not the connection's. */
  #hand(give: () => void): void {
    try {
      give()
    } catch (error) {
      this.abort(error as Error)
    }
  }

  #grant(): void {
    if (this.#isPaused || this.#isOver || this.#taken < window / 2) return
    this.#asking.grant(this.#id, this.#taken)
    this.#sent -= this.#taken
    this.#taken = 0
  }
}

function problemOf(status: number, headers: readonly string[]): Error | undefined {
  if (!(Number.isInteger(status) && status >= 200 && status <= 599))
    return new UnfitAnswer('WORKER_ERROR', `A response cannot have the status ${status}`)
  let size = 0
  for (let i = 0; i < headers.length; i += 2) {
    const [name = '', value] = [headers[i], headers[i + 1]]
    if (value === undefined || !isName.test(name) || !isValue.test(value)) {
      return new UnfitAnswer('WORKER_ERROR', 'A header of the response is not one that HTTP knows')
    }
    size += name.length + value.length
  }
  return size > mostHead ? headTooLong() : undefined
}

/** How long a body is, we say: what a function says of it is no more than what it promises. */
function withoutLength(given: readonly string[]): { headers: string[]; length: number | undefined } {
  const headers: string[] = []
  let length: number | undefined
  for (let i = 0; i < given.length; i += 2) {
    const [name = '', value = ''] = [given[i], given[i + 1]]
    if (name.length !== 14 || name.toLowerCase() !== 'content-length') headers.push(name, value)
    else if (/^\d{1,15}$/.test(value)) length = Number(value)
  }
  return { headers, length }
}
