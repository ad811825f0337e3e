import type { Dispatcher } from 'undici'

/** A call as it goes to a process: the path is an absolute URL, the headers are name, value, name, value … */
export interface Carried extends Dispatcher.DispatchOptions {
  readonly headers: string[]
}

/** What takes calls to one process, and hands on what it answers. */
export interface Carrier {
  carry(call: Carried, answered: Answered): void
}

/** Told of one answer: of its `head` once, then of its `data`, and of one of `end` and `failed`. */
export interface Answered {
  /** Before anything else, once the call is on its way; where it never is, there is but `failed`. */
  begun(control: Control): void
  /** @param headers as they were sent: name, value, name, value … */
  head(status: number, headers: readonly string[]): void
  /** @param chunk the receiver's to keep */
  data(chunk: Buffer): void
  end(): void
  failed(error: Error): void
}

export interface Control {
  pause(): void
  resume(): void
  /** The process is told that nobody waits any more; `failed` is called with the reason. */
  abort(reason: Error): void
}

/** Bytes that the head of an answer may have. */
export const mostHead = 64 * 1024

/** The process has answered, and its answer cannot be handed on. */
export class UnfitAnswer extends Error {
  readonly code: 'WORKER_LIMIT' | 'WORKER_ERROR'

  constructor(code: UnfitAnswer['code'], message: string) {
    super(message)
    this.code = code
  }
}

export const headTooLong = () =>
  new UnfitAnswer('WORKER_LIMIT', 'The headers of the response are larger than they may be')
