import type { Observation } from '#observe'
import type { Work } from './worker/index.ts'

type Observed = Extract<Observation, { kind: 'invocation' }>

/** What is known of an invocation when it begins. */
export type InvocationFacts = Pick<Observed, 'name' | 'trigger' | 'id' | 'role'>

/** The client left before there was a response. */
export const gone = 499

/**
 * One invocation. While it goes on, what it uses is added up here; when all of that is known it is what is observed of it.
 * There are many at a time, and each is this one object.
 */
export class Invocation implements Work, Observed {
  readonly kind = 'invocation'
  readonly name: string
  readonly trigger: string
  readonly id: string | undefined
  readonly role: string | undefined
  readonly begun = performance.now()
  since = this.begun
  ended: number | undefined
  status = 200
  ms = 0
  cold = false
  cpuMs = 0
  peakBytes = 0
  gbSeconds = 0
  readonly #told: (invocation: Observed) => void

  constructor({ name, trigger, id, role }: InvocationFacts, told: (invocation: Observed) => void) {
    this.name = name
    this.trigger = trigger
    this.id = id
    this.role = role
    this.#told = told
  }

  get hasFailed(): boolean {
    return this.status >= 500
  }

  /** It ends without a worker. */
  unserved(status: number): void {
    this.status = status
    this.cold = true
    this.ended = performance.now()
    this.measured()
  }

  measured(): void {
    this.ms = (this.ended ?? performance.now()) - this.begun
    this.#told(this)
  }
}
