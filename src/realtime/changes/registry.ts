import type { TableName } from '../feed/index.ts'
import type { Binding } from './binding.ts'
import { type Kind, keyOf, keysOf, kindOf, kinds, type Subscriber } from './subscriber.ts'

/** A binding, and whose it is. */
export interface Entry {
  readonly subscriber: Subscriber
  readonly binding: Binding
}

/** Who wants the changes of which tables. */
export class Registry {
  readonly #entries = new Map<string, Set<Entry>>()
  readonly #added = new Map<Subscriber, readonly { readonly key: string; readonly entry: Entry }[]>()

  get subscribers(): Iterable<Subscriber> {
    return this.#added.keys()
  }

  get size(): number {
    return this.#added.size
  }

  add(subscriber: Subscriber): void {
    const added = subscriber.bindings.map((binding) => {
      return { key: keyOf(kindOf(binding), binding.schema, binding.table), entry: { subscriber, binding } }
    })
    this.#added.set(subscriber, added)
    for (const { key, entry } of added) this.#entries.set(key, (this.#entries.get(key) ?? new Set()).add(entry))
  }

  remove(subscriber: Subscriber): void {
    for (const { key, entry } of this.#added.get(subscriber) ?? []) {
      const entries = this.#entries.get(key)
      entries?.delete(entry)
      if (entries?.size === 0) this.#entries.delete(key)
    }
    this.#added.delete(subscriber)
  }

  has(table: TableName): boolean {
    return this.kindsOf(table).length > 0
  }

  /** The kinds of bindings that tell of the table. */
  kindsOf(table: TableName): Kind[] {
    return kinds.filter((kind) => keysOf(kind, table).some((key) => this.#entries.has(key)))
  }

  of(table: TableName, kind: Kind): Entry[] {
    return keysOf(kind, table).flatMap((key) => [...(this.#entries.get(key) ?? [])])
  }
}
