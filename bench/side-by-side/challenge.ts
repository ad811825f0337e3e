import type { LoadRequest } from './load.ts'

/** A server that answers requests. */
export interface Contender {
  readonly name: string
  readonly url: string
  readonly pid: number
}

/** A contender, and how it is asked. */
export interface Entrant {
  readonly contender: Contender
  readonly requests: readonly LoadRequest[]
  /** Its API has other names: the same values, in other places, are the same answer. */
  readonly otherShape?: boolean
}

/** One thing that is asked of several contenders. */
export interface Challenge {
  readonly name: string
  readonly about: string
  /** Portico is the first. */
  readonly entrants: readonly Entrant[]
  /** How little Portico must cost: what the processor time of a contender, by its name, is of Portico's, at least. */
  readonly goals: Readonly<Record<string, number>>
  /** Keys whose values may differ: what the database makes up. */
  readonly free: readonly string[]
}
