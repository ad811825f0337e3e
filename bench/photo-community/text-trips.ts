import pg from 'pg'
import { type Answer, type Asker, identity, nameOf, poolOf, type Statement, type Trips } from './trips.ts'

/** Over node-postgres, which makes a string of each value. */
export function openTextTrips(login: pg.ClientConfig): Promise<Trips> {
  return poolOf(async () => {
    const client = new pg.Client(login)
    await client.connect()
    return {
      run: (asker, statement, values, answer) =>
        void client.query(new TextTrip(asker, statement, values, answer) as unknown as pg.Submittable),
    }
  })
}

/** The part of node-postgres' connection that is used here; its own types leave most of it out. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void }
  readonly parsedStatements: Record<string, string>
  parse(query: { name: string; text: string }): void
  bind(config: { statement: string; values: readonly string[] }): void
  execute(config: object): void
  sync(): void
}

class TextTrip {
  readonly #asker: Asker
  readonly #statement: Statement
  readonly #values: readonly string[]
  readonly #answer: Answer
  /** For node-postgres, which files statements under these once they are parsed. */
  name = ''
  text = ''
  #completed = 0
  #result = ''

  constructor(asker: Asker, statement: Statement, values: readonly string[], answer: Answer) {
    this.#asker = asker
    this.#statement = { name: nameOf(asker, statement), text: statement.text }
    this.#values = values
    this.#answer = answer
  }

  submit(wire: Wire): null {
    const { role, claims } = this.#asker
    wire.stream.cork()
    this.#execute(wire, identity, [role, claims])
    this.#execute(wire, this.#statement, this.#values)
    wire.sync()
    wire.stream.uncork()
    return null
  }

  #execute(wire: Wire, { name, text }: Statement, values: readonly string[]) {
    if (!wire.parsedStatements[name]) {
      wire.parse({ name, text })
      wire.parsedStatements[name] = text
    }
    wire.bind({ statement: name, values })
    wire.execute({})
  }

  handleRowDescription(): void {}

  handleDataRow({ fields }: { fields: string[] }): void {
    if (this.#completed === 1) this.#result = fields[0] ?? ''
  }

  handleCommandComplete(): void {
    this.#completed++
  }

  handleError(error: Error): void {
    this.#answer(error, [])
  }

  handleReadyForQuery(): void {
    if (this.#completed === 2) this.#answer(undefined, [Buffer.from(this.#result)])
  }
}
