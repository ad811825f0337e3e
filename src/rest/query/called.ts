import { sql } from 'kysely'
import { column, type Fragment, qualified } from '#database'
import type { CallPlan } from '../plan/index.ts'
import { parameter } from './parameter.ts'
import { type Base, type Compilation, direct } from './row-source.ts'

/** The rows of a call, and all columns of its answer. */
export interface CalledRows extends Base {
  readonly all: Fragment
}

/** The rows that a function answers; a plain value is a row of one column by the function's name. */
export function calledRows(plan: CallPlan, compilation: Compilation): CalledRows {
  const { fn, root, returns } = plan
  const alias = compilation.alias(root.name)
  const given = compilation.alias('portico arguments')
  const call = sql`${qualified(fn)}(${argumentsSql(plan, given, compilation)})`
  const plain = returns === 'value' || returns === 'values' || returns === 'void'
  const rows = plain ? sql`(select ${call} as ${sql.id(fn.name)})` : call
  return {
    ...direct(alias),
    from: sql`${givenRow(plan, given, compilation)}${rows} as ${sql.id(alias)}`,
    conditions: [],
    all: sql`${sql.id(alias)}.*`,
  }
}

function argumentsSql({ fn, arguments: given }: CallPlan, row: string, { model }: Compilation): Fragment {
  const last = fn.arguments.at(-1)?.name
  const typeOf = (oid: number) => {
    const type = model.type(oid)
    return type ? qualified(type) : sql`text`
  }
  const named = (name: string, value: Fragment) =>
    sql`${fn.variadic && name === last ? sql`variadic ` : sql``}${sql.id(name)} => ${value}`
  switch (given.kind) {
    case 'none':
      return sql``
    case 'body':
      return sql`cast(${parameter({ from: 'payload' })} as ${typeOf(given.type)})`
    case 'json':
      return sql.join(given.names.map(({ name }) => named(name, column(row, name))))
    case 'values':
      return sql.join(
        given.names.map(({ name, type }, at) =>
          named(name, sql`cast(${parameter({ from: 'arguments', at })} as ${typeOf(type)})`),
        ),
      )
  }
}

/** The body's object as a row of the arguments, in their types; Postgres reads it, so that no digit is lost. */
function givenRow({ arguments: given }: CallPlan, alias: string, { model }: Compilation): Fragment {
  if (given.kind !== 'json') return sql``
  const columns = given.names.map(({ name, type }) => {
    const known = model.type(type)
    return sql`${sql.id(name)} ${known ? qualified(known) : sql`text`}`
  })
  const body = sql`cast(${parameter({ from: 'payload' })} as json)`
  // Of a list of objects the first is the one that counts: a function is called once.
  const object = given.body === 'array' ? sql`${body} -> 0` : body
  return sql`json_to_record(${object}) as ${sql.id(alias)}(${sql.join(columns)}), lateral `
}
