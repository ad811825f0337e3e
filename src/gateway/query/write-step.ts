import { sql } from 'kysely'
import { column, type Fragment, whereSql } from '#database'
import type { Entity } from '../model/index.ts'
import type { WriteStep } from '../plan/index.ts'
import { conditionSql } from './condition.ts'
import { tableRef, valueSql } from './fragment.ts'
import { conflictSql } from './on-conflict.ts'
import type { Compilation } from './row-source.ts'
import { castTo, type Write } from './write.ts'

/** What a step does with the rows of `given`, as CTEs of which `written` is the last: the rows it keeps, by their number. */
export function stepRows(step: WriteStep, compilation: Compilation): Fragment {
  switch (step.verb) {
    case 'insert':
      return step.absent ? insertAbsent(step) : insert(step, compilation)
    case 'miss':
      return miss(step)
    default:
      return change(step, compilation)
  }
}

/**
 * An insert answers its rows in the order it was given them, which is what tells whose row is whose: were one of them
 * left out by a trigger, those after it would go to others, so that the counts are compared.
 */
function insert(step: WriteStep, compilation: Compilation): Fragment {
  const kept = keptColumns(step)
  const returning = kept.length > 0 ? sql.join(kept) : sql`1 as done`
  const numbered = sql`select row_number() over () as place, changed.* from changed`
  return sql`changed as (${insertSql(step, compilation)} returning ${returning}),
    written as (select given.n, numbered.* from (${numbered}) as numbered join given using (place))`
}

/** The one row of a step, whose values are parameters of their own. */
export function insertOne(step: WriteStep, write: Write): Fragment {
  const { entity, columns, links, rows, onConflict } = step
  const [row] = rows
  const values = [
    ...columns.map((field, i): [string, Fragment] => [
      field.column.name,
      valueSql(row?.values[i] ?? { kind: 'null' }, field.type),
    ]),
    ...links.flatMap((link) =>
      link.columns.map(({ own, other }): [string, Fragment] => [
        own,
        castToColumn(entity, own, write.value(link.step, other)),
      ]),
    ),
  ]
  const names = sql.join(values.map(([name]) => sql.id(name)))
  const given =
    values.length > 0 ? sql`(${names}) values (${sql.join(values.map(([, value]) => value))})` : sql`default values`
  const conflict = onConflict ? conflictSql(onConflict, write.compilation) : sql``
  return sql`insert into ${tableRef(entity)} as target ${given}${conflict}`
}

/** The rows of `given`, in their order. */
export function insertSql(step: WriteStep, compilation: Compilation): Fragment {
  const conflict = step.onConflict ? conflictSql(step.onConflict, compilation) : sql``
  return sql`${insertInto(step)} order by given.place${conflict}`
}

/** Of rows by their keys, those that are not there, and each once: told apart by the keys, since others are left out. */
function insertAbsent(step: WriteStep): Fragment {
  const conflict = sql` on conflict (${sql.join(step.by.map((field) => sql.id(field.column.name)))}) do nothing`
  const keys = step.by.map((field, i) => sql`${column('target', field.column.name)} as ${sql.id(`key${i}`)}`)
  const same = step.by.map((field, i) => sql`${sql.id('changed', `key${i}`)} = ${givenKey(field, i)}`)
  const on = sql.join(step.by.map((_, i) => sql`${sql.id('changed', `key${i}`)}`))
  return sql`changed as (${insertInto(step)}${whereSql([isMissing(step)])} order by given.place${conflict} returning ${sql.join([...keys, ...keptColumns(step)])}),
    written as (select distinct on (${on}) given.n, given.place, changed.* from changed join given on ${sql.join(same, sql` and `)} order by ${on}, given.place)`
}

/** Of rows by their keys, those that are not there, and each once. */
function miss(step: WriteStep): Fragment {
  const on = sql.join(step.by.map((field, i) => givenKey(field, i)))
  return sql`written as (select distinct on (${on}) given.n from given${whereSql([isMissing(step)])} order by ${on}, given.place)`
}

/** Updates, deletes or finds the rows that keys, links and a filter name. */
function change(step: WriteStep, compilation: Compilation): Fragment {
  const { verb, entity, filter } = step
  const target = sql`${tableRef(entity)} as target`
  const matches = [
    ...keyMatch(step),
    ...step.links.flatMap(({ use, columns }, i) =>
      use === 'match' ? columns.map(({ own }, j) => sql`${column('target', own)} = ${linked(entity, own, i, j)}`) : [],
    ),
    ...(filter ? [conditionSql(filter, 'target', compilation)] : []),
  ]
  const where = whereSql(matches)
  const columns = sql.join([sql`given.n`, ...keptColumns(step)])
  if (verb === 'find') return sql`written as (select ${columns} from given cross join ${target}${where})`
  if (verb === 'delete') return sql`written as (delete from ${target} using given${where} returning ${columns})`
  const set = assignments(step).map(([name, value]) => sql`${sql.id(name)} = ${value}`)
  return sql`written as (update ${target} set ${sql.join(set)} from given${where} returning ${columns})`
}

function insertInto(step: WriteStep): Fragment {
  const values = assignments(step)
  const names = sql.join(values.map(([name]) => sql.id(name)))
  const into = values.length > 0 ? sql` (${names}) select ${sql.join(values.map(([, value]) => value))}` : sql` select`
  return sql`insert into ${tableRef(step.entity)} as target${into} from given`
}

/** What is kept of a written row, as texts called `c0` … */
export function keptColumns({ keep }: WriteStep): Fragment[] {
  return [...keep].map((name, i) => sql`${sql.id('target', name)}::text as ${sql.id(`c${i}`)}`)
}

/** What is written into each column: a value given, or one of the row that it is tied to. */
function assignments({ entity, columns, links }: WriteStep): [name: string, value: Fragment][] {
  return [
    ...columns.map((field, i): [string, Fragment] => [field.column.name, castTo(sql`given.${sql.id(`v${i}`)}`, field)]),
    ...links.flatMap(({ use, columns }, i) =>
      use === 'set' ? columns.map(({ own }, j): [string, Fragment] => [own, linked(entity, own, i, j)]) : [],
    ),
  ]
}

function isMissing(step: WriteStep): Fragment {
  return sql`not exists (select from ${tableRef(step.entity)} as target${whereSql(keyMatch(step))})`
}

function keyMatch({ by }: WriteStep): Fragment[] {
  return by.map((field, i) => sql`${column('target', field.column.name)} = ${givenKey(field, i)}`)
}

function givenKey(field: WriteStep['by'][number], index: number): Fragment {
  return castTo(sql`given.${sql.id(`k${index}`)}`, field)
}

function linked(entity: Entity, own: string, link: number, place: number): Fragment {
  return castToColumn(entity, own, sql`given.${sql.id(`l${link}_${place}`)}`)
}

function castToColumn(entity: Entity, name: string, value: Fragment): Fragment {
  const field = entity.columns.find(({ column }) => column.name === name)
  return field ? castTo(value, field) : value
}
