import type { Limits } from '../limits.ts'
import type { Peer } from './peer.ts'

/** Counts the bytes of the joins whose channels are open: no more is kept of them. */
export class Joins {
  readonly #limits: Limits
  #bytes = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Counts one until what is returned is called; undefined where there is no room for it. */
  enter(peer: Peer, bytes: number): (() => void) | undefined {
    const { joinBytes, joinBytesPerConnection } = this.#limits
    if (this.#bytes + bytes > joinBytes || peer.joinBytes + bytes > joinBytesPerConnection) return undefined
    this.#count(peer, bytes)
    let isCounted = true
    return () => {
      if (isCounted) this.#count(peer, -bytes)
      isCounted = false
    }
  }

  #count(peer: Peer, bytes: number): void {
    peer.joinBytes += bytes
    this.#bytes += bytes
  }
}
