/** Who asks: role and claims. */
export interface Asker {
  readonly role: string
  readonly claims: string
}

export interface Statement {
  readonly name: string
  readonly text: string
}

/**
 * Role, claims and a prepared statement in one round trip, written for the references alone: were it Portico's own, a
 * slower Portico would slow the references down too.
 */
export interface Trips {
  /** Asks for one text; it comes as the bytes to send on. */
  run(asker: Asker, statement: Statement, values: readonly string[], answer: Answer): void
}

export type Answer = (error: Error | undefined, body: readonly Buffer[]) => void

/** As many connections as measured best on two cores. */
const size = 8

export const identity: Statement = {
  name: 'identity',
  text: "select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)",
}

/** A name that roles share would be planned anew at each change of role. */
export function nameOf(asker: Asker, statement: Statement): string {
  return `${asker.role} ${statement.name}`
}

/** A connection that takes one trip at a time. */
export interface Line {
  run(asker: Asker, statement: Statement, values: readonly string[], answer: Answer): void
}

/** Free connections are taken last in, first out. */
export async function poolOf(open: () => Promise<Line>): Promise<Trips> {
  const waiting: (() => void)[] = []
  const free = await Promise.all(Array.from({ length: size }, open))
  const trips: Trips = {
    run(asker, statement, values, answer) {
      const line = free.pop()
      if (!line) return void waiting.push(() => trips.run(asker, statement, values, answer))
      line.run(asker, statement, values, (error, body) => {
        free.push(line)
        // A connection takes a next statement only after this one's last message.
        const next = waiting.shift()
        if (next) process.nextTick(next)
        answer(error, body)
      })
    },
  }
  return trips
}
