import { GraphQLError, type ValueNode } from 'graphql'
import pg from 'pg'
import { type FailedStatement, spokenTypeName } from '#database'
import type { Value, Variables } from '../plan/index.ts'
import { type CompiledStatement, cellsOf, type Parameter } from '../query/index.ts'

/**
 * Points an error of a value that Postgres could not read at the argument it came from: the place in the document, or
 * the path in the variables. Postgres says which parameter it was in the error's context; of rows that are one
 * parameter together, it says the value.
 */
export function locateInput(error: unknown, statements: readonly CompiledStatement[], variables: Variables): unknown {
  if (!(error instanceof pg.DatabaseError) || !error.code?.startsWith('22')) return error
  const { statement = 0 } = error as Partial<FailedStatement>
  const origin = originOf(culprit(error, statements[statement]?.parameters ?? [], variables))
  if (!origin) return error
  const { variable, node } = origin
  const extensions = { code: 'BAD_USER_INPUT', sqlstate: error.code, ...(variable && { variable }) }
  return new GraphQLError(error.message, { ...(node && { nodes: node }), extensions })
}

function culprit(
  { where, message }: pg.DatabaseError,
  parameters: readonly Parameter[],
  variables: Variables,
): Value | undefined {
  const [, number] = /parameter \$(\d+)/.exec(where ?? '') ?? []
  if (number === undefined) return inRows(message, parameters, variables)
  const parameter = parameters[Number(number) - 1]
  return parameter && 'value' in parameter ? parameter.value : undefined
}

/** The first value that reads as the message has it, of the type that it names if one is; any text is a text. */
function inRows(message: string, parameters: readonly Parameter[], variables: Variables): Value | undefined {
  const suspects = parameters
    .flatMap((parameter) => (parameter.kind === 'rows' ? cellsOf(parameter, variables) : []))
    .filter(({ text, type }) => text !== null && type.pg.name !== 'text' && message.includes(`"${text}"`))
  const named = suspects.find(({ type: { pg } }) => message.includes(` ${spokenTypeName(pg.name)}`))
  const { input } = named ?? suspects[0] ?? {}
  return input?.kind === 'leaf' ? input.value : undefined
}

interface Origin {
  readonly variable?: string
  readonly node?: ValueNode
}

/** The first of a list's items that is a variable stands for all of them. */
function originOf(value: Value | undefined): Origin | undefined {
  switch (value?.kind) {
    case 'variable':
      return { variable: `$${value.path.join('.')}` }
    case 'constant':
      return value.node && { node: value.node }
    case 'key':
      return originOf(value.of)
    case 'list':
      return value.items.map(originOf).find((origin) => origin)
    default:
      return undefined
  }
}
