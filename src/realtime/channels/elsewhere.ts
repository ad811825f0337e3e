import type { Present, Presented } from '../peers/index.ts'

/** What has changed in a room. */
export interface Difference {
  readonly room: string
  readonly joins: readonly Presented[]
  readonly leaves: readonly Presented[]
}

/** By reference. */
type Room = Map<string, Presented>

/** Who is present through other processes: each is believed of its own clients alone. */
export class Elsewhere {
  readonly #processes = new Map<string, Map<string, Room>>()

  get processes(): Iterable<string> {
    return this.#processes.keys()
  }

  *of(room: string): Iterable<Presented> {
    for (const rooms of this.#processes.values()) yield* rooms.get(room)?.values() ?? []
  }

  /** @returns what is new of it */
  apply(process: string, { room, joins, leaves }: Difference): Difference {
    const rooms = this.#processes.get(process) ?? new Map<string, Room>()
    this.#processes.set(process, rooms)
    const present = rooms.get(room) ?? new Map<string, Presented>()
    const left = leaves.filter(({ meta }) => present.delete(meta.phx_ref))
    const come = joins.filter(({ meta }) => !present.has(meta.phx_ref))
    for (const one of come) present.set(one.meta.phx_ref, one)
    if (present.size > 0) rooms.set(room, present)
    else rooms.delete(room)
    return { room, joins: come, leaves: left }
  }

  /** All who are present through a process. @returns what that changes */
  replace(process: string, present: Present): Difference[] {
    const now = new Map(present)
    const rooms = new Set([...now.keys(), ...(this.#processes.get(process)?.keys() ?? [])])
    return [...rooms].map((room) => {
      const all = now.get(room) ?? []
      const refs = new Set(all.map(({ meta }) => meta.phx_ref))
      const known = [...(this.#processes.get(process)?.get(room)?.values() ?? [])]
      return this.apply(process, { room, joins: all, leaves: known.filter(({ meta }) => !refs.has(meta.phx_ref)) })
    })
  }

  /** The process has gone. @returns what that changes */
  remove(process: string): Difference[] {
    const changed = this.replace(process, [])
    this.#processes.delete(process)
    return changed
  }
}
