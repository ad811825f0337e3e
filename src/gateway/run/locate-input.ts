import { GraphQLError, type ValueNode } from 'graphql'
import pg from 'pg'
import type { FailedStatement } from '#database'
import type { Value } from '../plan/index.ts'
import type { CompiledStatement } from '../query/index.ts'

/**
 * Points an error of a value that Postgres could not read at the argument it came from: the place in the document, or
 * the path in the variables. Postgres says which parameter it was in the error's context.
 */
export function locateInput(error: unknown, statements: readonly CompiledStatement[]): unknown {
  if (!(error instanceof pg.DatabaseError) || !error.code?.startsWith('22')) return error
  const [, number] = /parameter \$(\d+)/.exec(error.where ?? '') ?? []
  const { statement = 0 } = error as Partial<FailedStatement>
  const parameter = number === undefined ? undefined : statements[statement]?.parameters[Number(number) - 1]
  if (!parameter || parameter.kind === 'rows') return error
  const { variable, node } = originOf(parameter.value)
  const extensions = { code: 'BAD_USER_INPUT', sqlstate: error.code, ...(variable && { variable }) }
  return new GraphQLError(error.message, { ...(node && { nodes: node }), extensions })
}

/** The first of a list's items that is a variable stands for all of them. */
function originOf(value: Value): { variable?: string; node?: ValueNode } {
  switch (value.kind) {
    case 'variable':
      return { variable: `$${value.path.join('.')}` }
    case 'constant':
      return value.node ? { node: value.node } : {}
    case 'list':
      return value.items.map(originOf).find((origin) => origin.variable ?? origin.node) ?? {}
  }
}
