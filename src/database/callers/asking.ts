import type { Brevity, Exchange, LinePool } from '../wire/index.ts'
import type { Departure } from './departure.ts'
import type { Question } from './question.ts'
import { RoundTrip, type RoundTripOptions } from './round-trip.ts'

/** Whom is asked, and what is known of the statements there. */
export interface Server {
  readonly lines: LinePool
  readonly brevity: Brevity
}

/** Asks in one round trip, and in another one where the first is to be made anew; until `signal` is aborted. */
export function ask<Answer>(
  server: Server,
  question: Question<Answer>,
  signal: Departure | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) reject(signal.reason)
    else new Asking(server, question, signal, resolve, reject).begin()
  })
}

/** A question until it is answered: of its round trips the last one counts. */
class Asking<Answer> implements RoundTripOptions<Answer> {
  readonly question: Question<Answer>
  readonly brevity: Brevity
  readonly #lines: LinePool
  readonly #signal: Departure | undefined
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (error: unknown) => void
  #exchange: Exchange | undefined

  constructor(
    { lines, brevity }: Server,
    question: Question<Answer>,
    signal: Departure | undefined,
    resolve: (answer: Answer) => void,
    reject: (error: unknown) => void,
  ) {
    this.question = question
    this.brevity = brevity
    this.#lines = lines
    this.#signal = signal
    this.#resolve = resolve
    this.#reject = reject
  }

  begin(): void {
    this.#exchange = new RoundTrip(this)
    this.#signal?.addEventListener('abort', this.#cancel)
    this.#lines.run(this.#exchange)
  }

  again(trip: Exchange): void {
    this.#lines.run(trip)
  }

  renewed(trip: Exchange): void {
    this.#exchange = trip
  }

  resolve(answer: Answer): void {
    this.#end()
    this.#resolve(answer)
  }

  reject(error: unknown): void {
    this.#end()
    this.#reject(error)
  }

  #end(): void {
    this.#signal?.removeEventListener('abort', this.#cancel)
  }

  readonly #cancel = (): void => {
    if (this.#exchange) this.#lines.cancel(this.#exchange, this.#signal?.reason as Error)
  }
}
