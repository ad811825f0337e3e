import type { Registered } from './link.ts'
import type { Peer } from './peer.ts'

/** The other processes, as this one knows them, by their names. */
export interface Acquaintances {
  readonly there: ReadonlyMap<string, Peer>
  /** Takes over who is registered by now. */
  update(registered: readonly Registered[]): void
}

/**
 * What was numbered for a process is never numbered again: one that is away for a while is met again as whom it was known.
 * It is forgotten once its registration is gone, which nobody ever makes anew under that name.
 */
export function createAcquaintances(create: (other: Registered) => Peer): Acquaintances {
  const there = new Map<string, Peer>()
  const known = new Map<string, Peer>()
  return {
    there,
    update(registered) {
      const named = new Map(registered.map((other) => [other.id.toString('hex'), other]))
      for (const name of known.keys()) if (!named.has(name)) known.delete(name)
      there.clear()
      for (const [name, other] of named) {
        const peer = known.get(name) ?? (other.isThere ? create(other) : undefined)
        if (!peer) continue
        known.set(name, peer)
        if (other.isThere) there.set(name, peer)
      }
    },
  }
}
