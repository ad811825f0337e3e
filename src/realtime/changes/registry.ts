import type { Caller } from '#database'
import type { TableName } from '../feed/index.ts'
import type { Binding } from './binding.ts'
import { any } from './table-facts.ts'

/** One client's bindings of one channel. */
export interface Subscriber {
  readonly caller: Caller
  readonly bindings: readonly Binding[]
  deliver(ids: readonly number[], data: string): void
  /** Ends it: what it asks for cannot be answered. */
  putOut(reason: string): void
  /** Says what went wrong to the client. */
  warn(reason: string): void
}

/** A binding, and whose it is. */
export interface Entry {
  readonly subscriber: Subscriber
  readonly binding: Binding
}

/** Who wants the changes of which tables. */
export class Registry {
  readonly #entries = new Map<string, Set<Entry>>()

  /** @returns takes it out again */
  add(subscriber: Subscriber): () => void {
    const added = subscriber.bindings.map((binding) => {
      const key = keyOf(binding.schema, binding.table)
      const entries = this.#entries.get(key) ?? new Set()
      this.#entries.set(key, entries)
      const entry = { subscriber, binding }
      entries.add(entry)
      return { key, entries, entry }
    })
    return () => {
      for (const { key, entries, entry } of added) {
        entries.delete(entry)
        if (entries.size === 0 && this.#entries.get(key) === entries) this.#entries.delete(key)
      }
    }
  }

  has(table: TableName): boolean {
    return keysOf(table).some((key) => this.#entries.has(key))
  }

  of(table: TableName): Entry[] {
    return keysOf(table).flatMap((key) => [...(this.#entries.get(key) ?? [])])
  }
}

function keyOf(schema: string, name: string): string {
  return `${schema}\0${name}`
}

function keysOf({ schema, name }: TableName): string[] {
  return [keyOf(schema, name), keyOf(schema, any), keyOf(any, name), keyOf(any, any)]
}
