import type { Observation } from '#observe'

export type Invocation = Omit<Extract<Observation, { kind: 'invocation' }>, 'kind'>

/** What is known of invocations, a list a column: as so many objects, what waits for half a second would cost V8 more. */
export interface Columns {
  readonly function: string[]
  readonly trigger: string[]
  readonly role: (string | null)[]
  readonly status: number[]
  readonly cold: boolean[]
  /** In seconds since 1970. */
  readonly started: number[]
  readonly wallMs: number[]
  readonly cpuMs: number[]
  readonly peakMb: number[]
  readonly gbSeconds: number[]
}

/** Invocations that wait to be written. */
export interface Noted {
  readonly length: number
  add(invocation: Invocation): void
  /** The first ones. */
  first(count: number): Columns
  /** Forgets so many of the first ones. */
  drop(count: number): void
}

export function createNoted(): Noted {
  const columns: Columns = {
    ...{ function: [], trigger: [], role: [], status: [], cold: [], started: [] },
    ...{ wallMs: [], cpuMs: [], peakMb: [], gbSeconds: [] },
  }
  const each = Object.entries(columns) as [keyof Columns, unknown[]][]
  return {
    get length() {
      return columns.status.length
    },
    add({ name, trigger, role, status, cold, ms, cpuMs, peakBytes, gbSeconds }) {
      columns.function.push(name)
      columns.trigger.push(trigger)
      // Postgres keeps no NUL: one that somebody signed into a token would keep all others from being written.
      columns.role.push(role?.replaceAll('\0', '\ufffd') ?? null)
      columns.status.push(status)
      columns.cold.push(cold)
      columns.started.push(rounded((Date.now() - ms) / 1e3, 1e3))
      columns.wallMs.push(rounded(ms, 1e3))
      columns.cpuMs.push(rounded(cpuMs, 1e3))
      columns.peakMb.push(rounded(peakBytes / 1024 / 1024, 1e3))
      columns.gbSeconds.push(rounded(gbSeconds, 1e9))
    },
    first: (count) => Object.fromEntries(each.map(([name, values]) => [name, values.slice(0, count)])) as never,
    drop(count) {
      for (const [, values] of each) values.splice(0, count)
    },
  }
}

function rounded(value: number, parts: number): number {
  return Math.round(value * parts) / parts
}
