import { LRUCache } from 'lru-cache'
import type { Wire } from './round-trip.ts'

const perConnection = 256

/** Characters of SQL, together and of one statement: the server keeps a plan of each, many times as heavy. */
const maxSize = 500_000
const maxEntrySize = 20_000

const unprepared = { name: '', known: false }

/**
 * The statements that one connection has prepared, least recently used first to go.
 * The role is part of the key: policies bind when a statement is planned, and one statement used by alternating
 * roles is planned anew each time.
 */
export class PreparedStatements {
  static readonly #ofConnection = new WeakMap<Wire, PreparedStatements>()

  static of(wire: Wire): PreparedStatements {
    let held = PreparedStatements.#ofConnection.get(wire)
    if (!held) {
      held = new PreparedStatements()
      PreparedStatements.#ofConnection.set(wire, held)
    }
    return held
  }

  readonly #keys = new Map<string, string>()
  readonly #names = new LRUCache<string, string>({
    max: perConnection,
    maxSize,
    sizeCalculation: (_name, key) => key.length,
    dispose: (name) => {
      this.#keys.delete(name)
      this.#evicted.push(name)
    },
  })
  #evicted: string[] = []
  #count = 0

  /** The name to bind, and whether the server knows it already; no name for what is too long to be kept. */
  take(role: string, text: string): { name: string; known: boolean } {
    if (text.length > maxEntrySize) return unprepared
    const key = `${role}\n${text}`
    const held = this.#names.get(key)
    if (held) return { name: held, known: true }
    const name = `p${this.#count++}`
    this.#names.set(key, name)
    this.#keys.set(name, key)
    return { name, known: false }
  }

  /** Drops names that an error may have left unprepared; closing a name that is not there is no error. */
  forget(names: readonly string[]): void {
    for (const name of names) {
      const key = this.#keys.get(name)
      if (key !== undefined) this.#names.delete(key)
    }
  }

  /** The names to close now. */
  evicted(): readonly string[] {
    const names = this.#evicted
    this.#evicted = []
    return names
  }
}
