import type { PgFunction, Table } from '#database'
import { mostSimilar, similarity } from '#errors'
import { type Model, type Relationship, typeText } from '../model/index.ts'
import { RestError } from './rest-error.ts'

const perhaps = (text: string | undefined) => (text === undefined ? null : text)

export function noTable(model: Model, schema: string, name: string): RestError {
  const near = mostSimilar(name, model.tableNames(schema))
  return new RestError(404, 'PGRST205', `Could not find the table '${schema}.${name}' in the schema cache`, {
    hint: perhaps(near && `Perhaps you meant the table '${schema}.${near}'`),
  })
}

export const noColumn = (table: string, column: string) =>
  new RestError(400, 'PGRST204', `Could not find the '${column}' column of '${table}' in the schema cache`)

export function noRelationship(
  model: Model,
  from: { schema: string; name: string },
  to: string,
  hint: string | undefined,
): RestError {
  const using = hint === undefined ? '' : ` using the hint '${hint}'`
  return new RestError(
    400,
    'PGRST200',
    `Could not find a relationship between '${from.name}' and '${to}' in the schema cache`,
    {
      details: `Searched for a foreign key relationship between '${from.name}' and '${to}'${using} in the schema '${from.schema}', but no matches were found.`,
      hint: relationshipHint(model, from, to),
    },
  )
}

function relationshipHint(model: Model, from: { schema: string; name: string }, to: string): string | null {
  const related = (table: Table) => model.relationships(table)
  const table = model.table(from.schema, from.name)
  const names = [...new Set((table ? related(table) : []).map((one) => one.to.name))]
  if (names.length === 0) {
    const parents = model.tablesOf(from.schema).filter((other) => related(other).length > 0)
    const near = mostSimilar(
      from.name,
      parents.map(({ name }) => name),
      0.34,
    )
    return near === undefined ? null : `Perhaps you meant '${near}' instead of '${from.name}'.`
  }
  if (names.some((name) => similarity(name.toLowerCase(), to.toLowerCase()) === 1)) return null
  const near = mostSimilar(to, names, 0.34)
  return near === undefined ? null : `Perhaps you meant '${near}' instead of '${to}'.`
}

export function ambiguousRelationship(
  from: string,
  to: string,
  candidates: readonly Exclude<Relationship, { kind: 'computed' }>[],
): RestError {
  const ways = candidates.map((one) =>
    one.kind === 'many-to-many' ? `'${to}!${one.junction.name}'` : `'${to}!${one.constraint}'`,
  )
  return new RestError(
    300,
    'PGRST201',
    `Could not embed because more than one relationship was found for '${from}' and '${to}'`,
    {
      details: candidates.map((one) => ({
        cardinality: one.kind,
        embedding: `${one.from.name} with ${one.to.name}`,
        relationship: howRelated(one),
      })),
      hint: `Try changing '${to}' to one of the following: ${ways.join(', ')}. Find the desired relationship in the 'details' key.`,
    },
  )
}

function howRelated(one: Exclude<Relationship, { kind: 'computed' }>): string {
  const list = (names: readonly string[]) => `(${names.join(', ')})`
  if (one.kind === 'many-to-many') {
    const { name, constraints, near, far } = one.junction
    return `${name} using ${constraints[0]}${list(near.map(([, b]) => b))} and ${constraints[1]}${list(far.map(([, b]) => b))}`
  }
  const { constraint, from, to, columns } = one
  return `${constraint} using ${from.name}${list(columns.map(([a]) => a))} and ${to.name}${list(columns.map(([, b]) => b))}`
}

export interface Asked {
  readonly schema: string
  readonly name: string
  readonly arguments: readonly string[]
  /** What kind of body a POST brought; undefined for GET. */
  readonly body: 'json' | 'csv' | 'text' | 'xml' | 'binary' | 'form' | undefined
}

export function noFunction(model: Model, asked: Asked): RestError {
  const { schema, name, arguments: given } = asked
  const names = given.toSorted()
  const single = { text: 'text', xml: 'xml', binary: 'bytea' }[asked.body as 'text'] as string | undefined
  const message = single !== undefined ? '' : names.length === 0 ? ' without parameters' : `(${names.join(', ')})`
  const parameters =
    names.length === 0 ? ' without parameters' : ` with parameter${names.length > 1 ? 's' : ''} ${names.join(', ')}`
  const orSingle = asked.body === 'json' ? ' or with a single unnamed json/jsonb parameter' : ''
  const searched = single === undefined ? `${parameters}${orSingle}` : ` with a single unnamed ${single} parameter`
  return new RestError(404, 'PGRST202', `Could not find the function ${schema}.${name}${message} in the schema cache`, {
    details: `Searched for the function ${schema}.${name}${searched}, but no matches were found in the schema cache.`,
    hint: single === undefined ? functionHint(model, asked, names) : null,
  })
}

function functionHint(model: Model, { schema, name }: Asked, names: readonly string[]): string | null {
  const overloads = model.functions(schema, name)
  const start = `Perhaps you meant to call the function ${schema}.`
  if (overloads.length === 0) {
    const near = mostSimilar(name, model.functionNames(schema))
    return near === undefined ? null : `${start}${near}`
  }
  const listed = overloads.map(
    (fn) =>
      `(${fn.arguments
        .map((one) => one.name ?? '')
        .toSorted()
        .join(', ')})`,
  )
  const near = mostSimilar(`(${names.join(', ')})`, listed, 0.34)
  return near === undefined ? null : `${start}${name}${near}`
}

export function ambiguousFunction(candidates: readonly PgFunction[], model: Model): RestError {
  const list = candidates
    .map(({ schema, name, arguments: args }) => {
      const typed = args.map((one) => `${one.name ?? ''} => ${typeText(model.type(one.type))}`)
      return { count: args.length, text: `${schema}.${name}(${typed.join(', ')})` }
    })
    .toSorted((a, b) => a.count - b.count || (a.text < b.text ? -1 : 1))
  const between = list.map(({ text }) => text).join(', ')
  return new RestError(300, 'PGRST203', `Could not choose the best candidate function between: ${between}`, {
    hint: 'Try renaming the parameters or the function itself in the database so function overloading can be resolved',
  })
}
