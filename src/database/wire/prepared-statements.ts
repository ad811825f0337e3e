import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'

const perConnection = 128

/** Characters of SQL, together and of one statement: the server keeps a plan of each, many times as heavy. */
const maxSize = 250_000
const maxEntrySize = 20_000

/** How many texts that came once are known, by their hashes. */
const maxSeen = 1000

const unprepared = { name: '', known: false }

/**
 * The statements that one connection has prepared, least recently used first to go. A text is prepared when it comes for
 * the second time: one whose author writes numbers into it comes once, costs the server nothing and pushes nothing out.
 * Each role has its own: policies bind when a statement is planned, and one statement used by alternating roles is
 * planned anew each time.
 */
export class PreparedStatements {
  readonly #places = new Map<string, { role: string; text: string }>()
  /** By text and then by role: long texts are the same objects each time, and need not be put together or read. */
  readonly #names = new LRUCache<string, Map<string, string>>({
    max: perConnection,
    maxSize,
    sizeCalculation: (names, text) => names.size * text.length,
    noDisposeOnSet: true,
    dispose: (names) => {
      for (const name of names.values()) this.#drop(name)
    },
  })
  readonly #seen = new LRUCache<string, true>({ max: maxSeen })
  #evicted: string[] = []
  #count = 0

  /** How many statements it was ever asked to prepare. */
  get count(): number {
    return this.#count
  }

  /** The name to bind, and whether the server knows it already; no name for what is too long to be kept, for one role or for so many, or is new. */
  take(role: string, text: string): { name: string; known: boolean } {
    const names = this.#names.get(text)
    const held = names?.get(role)
    if (held !== undefined) return { name: held, known: true }
    if (text.length > maxEntrySize || text.length * ((names?.size ?? 0) + 1) > maxSize) return unprepared
    if (!names && this.#isNew(text)) return unprepared
    const name = `p${this.#count++}`
    this.#places.set(name, { role, text })
    this.#names.set(text, new Map(names).set(role, name))
    return { name, known: false }
  }

  #isNew(text: string): boolean {
    const name = hash('sha256', text, 'base64')
    if (this.#seen.get(name)) return false
    this.#seen.set(name, true)
    return true
  }

  /** Drops names that an error may have left unprepared; closing a name that is not there is no error. */
  forget(names: readonly string[]): void {
    for (const name of names) {
      const place = this.#places.get(name)
      if (!place) continue
      const others = new Map(this.#names.get(place.text))
      others.delete(place.role)
      this.#drop(name)
      if (others.size > 0) this.#names.set(place.text, others)
      else this.#names.delete(place.text)
    }
  }

  /** The names to close now. */
  evicted(): readonly string[] {
    if (this.#evicted.length === 0) return none
    const names = this.#evicted
    this.#evicted = []
    return names
  }

  #drop(name: string): void {
    if (this.#places.delete(name)) this.#evicted.push(name)
  }
}

const none: readonly string[] = []
