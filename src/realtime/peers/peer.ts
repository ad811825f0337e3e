import type { Frame, Numbered } from './frame.ts'
import type { Self } from './link.ts'
import type { Identity } from './sealing.ts'

/** Bytes of one message: an introduction names everybody who is present. */
const mostBytes = 96 * 1024 * 1024

/** Puts the messages together that come under one key: each frame once, in the order of their numbers. */
export class Inlet {
  readonly #key: Buffer
  #next: number
  #parts: Buffer[] = []
  #bytes = 0

  constructor(key: Buffer, next: number) {
    this.#key = key
    this.#next = next
  }

  /** The message that is whole with this frame. */
  take(frame: Frame): Buffer | undefined {
    // Whoever may listen may also say again what was said.
    if (frame.number < this.#next) return undefined
    const part = frame.open(this.#key)
    if (!part) return undefined
    const isGap = frame.number > this.#next
    this.#next = frame.number + 1
    if (isGap || !frame.isMore || this.#bytes > mostBytes) this.#clear()
    if (frame.isMore && this.#parts.length === 0) return undefined
    this.#parts.push(part)
    this.#bytes += part.length
    if (frame.isPart) return undefined
    const message = Buffer.concat(this.#parts)
    this.#clear()
    return message
  }

  #clear(): void {
    this.#parts = []
    this.#bytes = 0
  }
}

/** Another process, as this one knows it. */
export interface Peer {
  readonly id: Buffer
  /** What goes to it alone. */
  readonly outlet: Numbered
  /** What comes for this process alone, and what for everybody, once it has said by which key. */
  readonly inlet: Inlet
  shared: Inlet | undefined
  /** Something of what it should know was not told. */
  isOwed: boolean
  /** The process behind it, which it has said as well. */
  process: string | undefined
}

export function createPeer(self: Buffer, identity: Identity, other: Self): Peer {
  const { to, from } = identity.agree(self, other)
  return {
    id: other.id,
    outlet: { key: to, next: 0 },
    inlet: new Inlet(from, 0),
    shared: undefined,
    process: undefined,
    isOwed: false,
  }
}
