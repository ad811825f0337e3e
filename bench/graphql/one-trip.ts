import pg from 'pg'

/** The part of node-postgres' connection that is used here; its own types leave most of it out. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void }
  readonly parsedStatements: Record<string, string>
  parse(query: { name: string; text: string }): void
  bind(config: { statement: string; values: readonly string[] }): void
  execute(config: object): void
  sync(): void
}

const identity = {
  name: 'identity',
  text: "select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)",
}

/** Who asks: role and claims. */
export interface Asker {
  readonly role: string
  readonly claims: string
}

/**
 * Role, claims and a prepared statement in one round trip, written for the reference alone: were it Portico's own, a
 * slower Portico would slow the reference down too.
 */
class OneTrip {
  readonly #asker: Asker
  readonly #statement: { readonly name: string; readonly text: string }
  readonly #values: readonly string[]
  readonly #answer: (error: Error | undefined, text: string) => void
  /** For node-postgres, which files statements under these once they are parsed. */
  name = ''
  text = ''
  #completed = 0
  #result = ''

  constructor(
    asker: Asker,
    statement: { readonly name: string; readonly text: string },
    values: readonly string[],
    answer: (error: Error | undefined, text: string) => void,
  ) {
    this.#asker = asker
    // A name that roles share would be planned anew at each change of role.
    this.#statement = { name: `${asker.role} ${statement.name}`, text: statement.text }
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

  #execute(wire: Wire, { name, text }: { readonly name: string; readonly text: string }, values: readonly string[]) {
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
    this.#answer(error, '')
  }

  handleReadyForQuery(): void {
    if (this.#completed === 2) this.#answer(undefined, this.#result)
  }
}

/** As many connections as measured best on two cores: free ones are taken last in, first out. */
const size = 8

export interface Trips {
  run(
    asker: Asker,
    statement: { readonly name: string; readonly text: string },
    values: readonly string[],
    answer: (error: Error | undefined, text: string) => void,
  ): void
}

export async function openTrips(config: pg.ClientConfig): Promise<Trips> {
  const waiting: (() => void)[] = []
  const free = await Promise.all(
    Array.from({ length: size }, async () => {
      const client = new pg.Client(config)
      await client.connect()
      return client
    }),
  )
  const release = (client: pg.Client) => {
    free.push(client)
    // The client takes a next query only after this one's last message.
    const next = waiting.shift()
    if (next) process.nextTick(next)
  }
  const trips: Trips = {
    run(asker, statement, values, answer) {
      const client = free.pop()
      if (!client) return void waiting.push(() => trips.run(asker, statement, values, answer))
      const trip = new OneTrip(asker, statement, values, (error, text) => {
        release(client)
        answer(error, text)
      })
      client.query(trip as unknown as pg.Submittable)
    },
  }
  return trips
}
