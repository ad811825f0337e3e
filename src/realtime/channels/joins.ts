import type { Limits } from '../limits.ts'
import type { Peer } from './peer.ts'

/** Counts the bytes of the joins whose channels are open: no more is kept of them. */
export class Joins {
  readonly #limits: Limits
  #bytes = 0
  readonly #ofAddresses = new Map<string | undefined, number>()

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Counts one until what is returned is called; undefined where there is no room for it. */
  enter(peer: Peer, bytes: number): (() => void) | undefined {
    const { joinBytes, joinBytesPerAddress, joinBytesPerConnection } = this.#limits
    const ofAddress = this.#ofAddresses.get(peer.address) ?? 0
    if (this.#bytes + bytes > joinBytes || ofAddress + bytes > joinBytesPerAddress) return undefined
    if (peer.joinBytes + bytes > joinBytesPerConnection) return undefined
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
    const ofAddress = (this.#ofAddresses.get(peer.address) ?? 0) + bytes
    if (ofAddress > 0) this.#ofAddresses.set(peer.address, ofAddress)
    else this.#ofAddresses.delete(peer.address)
  }
}
