import type { Operation } from '../../graphql/operations/index.ts'
import { edge, edges } from '../../photo-community/sql.ts'

/** Hand-written SQL may cost this part of what Portico does, and no less. */
const goal = 0.85

type Asked = Pick<Operation, 'name' | 'about' | 'document' | 'sql'> &
  Partial<Pick<Operation, 'variables' | 'parameters' | 'free' | 'requests'>>

/** An operation whose SQL takes the variables in their order, unless it says otherwise. */
export function shape(asked: Asked): Operation {
  return {
    variables: () => ({}),
    parameters: (variables) => Object.values(variables).map(String),
    goals: { LIMIT: goal },
    ...asked,
  }
}

/** The whole answer: root fields by their names, each an expression of SQL text. */
export function data(roots: Record<string, string>): string {
  const fields = Object.entries(roots).map(([name, value]) => `'"${name}":' || ${value}`)
  return `'{"data":{' || ${fields.join(` || ',' || `)} || '}}'`
}

/** A connection of the rows that `from` answers, in the order in which it does. */
export function list(fields: Record<string, string>, from: string, more = ''): string {
  return `(select ${edges(edge(fields))}${more} || '}' from ${from})`
}

/** The name of some profile: another one for each n, all over the table. */
export const username = (n: number) => `user_${1 + ((n * 7919) % 10_000)}`

export const profileNumber = (n: number) => 1 + ((n * 7919) % 10_000)
