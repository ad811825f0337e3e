import { sql } from 'kysely'
import { column, concat, type Fragment, qualified, whereSql } from '#database'
import type { ColumnField, Entity } from '../model/index.ts'
import type { Input, OnConflict, WritePlan, WriteStep } from '../plan/index.ts'
import { answer } from './answer.ts'
import { conditionSql } from './condition.ts'
import { parameter, tableRef } from './fragment.ts'
import type { RowColumn } from './parameter.ts'
import { refuse } from './refuse.ts'
import { type Compilation, directRow } from './row-source.ts'
import { objectJson } from './rows.ts'

/**
 * The statements of a nested write: one a step, and one that reads the answer. Each keeps where its rows are in a
 * setting of the transaction, for the steps that refer to them, so that all go in one round trip.
 */
export function writeStatements(plan: WritePlan, index: number, compilation: Compilation): Fragment[] {
  const write: Write = { plan, compilation, setting: (step) => sql.lit(`portico.written_${index}_${step}`) }
  return [...plan.steps.map((step, i) => stepSql(step, i, write)), answerSql(write)]
}

interface Write {
  readonly plan: WritePlan
  readonly compilation: Compilation
  readonly setting: (step: number) => Fragment
}

function stepSql(step: WriteStep, index: number, write: Write): Fragment {
  const kept = [...step.keep]
  const change = step.verb === 'insert' ? insertSql(step, kept, write) : changeSql(step, kept, write)
  const entry = sql.join([sql`'n', n`, ...kept.map((_, i) => sql`${sql.lit(`c${i}`)}, ${sql.id(`c${i}`)}`)])
  const order = step.verb === 'insert' ? sql` order by place` : sql``
  const keep = sql`set_config(${write.setting(index)}, coalesce(json_agg(json_build_object(${entry})${order})::text, '[]'), true)`
  return sql`with ${given(step, write)}, ${change} select ${guarded(step, keep, write)} from written`
}

/** The rows of a step as the client gave them, each beside the rows that it is tied to. */
function given(step: WriteStep, write: Write): Fragment {
  const columns: RowColumn[] = [
    ...step.by.map(({ type }, i) => ({ field: `k${i}`, column: `k${i}`, type })),
    ...step.columns.map(({ type }, i) => ({ field: `v${i}`, column: `v${i}`, type })),
  ]
  const rows = step.rows.map(
    ({ key, values }) =>
      new Map<string, Input>([
        ...key.map((value, i) => [`k${i}`, value] as const),
        ...values.map((value, i) => [`v${i}`, value] as const),
      ]),
  )
  const places = step.rows.map((row) => row.places)
  const declared = sql.join([
    sql`n int`,
    ...columns.map(({ column }) => sql`${sql.id(column)} text`),
    ...step.links.map((_, i) => sql`${sql.id(`p${i}`)} int`),
  ])
  const input = sql`json_to_recordset(cast(${parameter({ kind: 'rows', columns, rows, places })} as json)) as input(${declared})`
  const joins = step.links.map((link, i) => {
    const kept = sql.id(`kept${i}`)
    return sql` join ${keptRows(link.step, write)} as ${kept} on ${kept}.n = input.${sql.id(`p${i}`)}`
  })
  const tied = step.links.flatMap((link, i) => {
    const from = [...(write.plan.steps[link.step]?.keep ?? [])]
    return link.columns.map(({ other }, j) => {
      const place = from.indexOf(other)
      return sql`${sql.id(`kept${i}`, `c${place}`)} as ${sql.id(`l${i}_${j}`)}`
    })
  })
  const all = sql.join([sql`row_number() over (order by input.n) as place`, sql`input.*`, ...tied])
  return sql`given as (select ${all} from ${input}${joins.length > 0 ? sql.join(joins, sql``) : sql``})`
}

/** The rows that a step has kept, as a from item. */
function keptRows(step: number, { plan, setting }: Write): Fragment {
  const columns = [...(plan.steps[step]?.keep ?? [])].map((_, i) => sql`${sql.id(`c${i}`)} text`)
  return sql`(select * from json_to_recordset(current_setting(${setting(step)})::json) as kept(${sql.join([sql`n int`, ...columns])}))`
}

/**
 * An insert answers its rows in the order it was given them, which is what tells whose row is whose: were one of them
 * left out by a trigger, those after it would go to others, so that the counts are compared.
 */
function insertSql(step: WriteStep, kept: readonly string[], { compilation }: Write): Fragment {
  const { entity, onConflict, absent } = step
  const values = assignments(step)
  const names = sql.join(values.map(([name]) => sql.id(name)))
  const into = values.length > 0 ? sql` (${names}) select ${sql.join(values.map(([, value]) => value))}` : sql` select`
  const where = absent
    ? sql` where not exists (select from ${tableRef(entity)} as target${whereSql(keyMatch(step))})`
    : sql``
  const conflict = absent
    ? sql` on conflict (${sql.join(step.by.map((field) => sql.id(field.column.name)))}) do nothing`
    : onConflict
      ? conflictSql(onConflict, compilation)
      : sql``
  const returned = kept.map((name, i) => sql`${sql.id('target', name)}::text as ${sql.id(`c${i}`)}`)
  const returning = returned.length > 0 ? sql.join(returned) : sql`1 as done`
  const numbered = sql`select row_number() over () as place, changed.* from changed`
  return sql`changed as (insert into ${tableRef(entity)} as target${into} from given${where} order by given.place${conflict} returning ${returning}),
    written as (select given.n, numbered.* from (${numbered}) as numbered join given using (place))`
}

/** What an insert does where the key is taken. */
export function conflictSql({ constraint, update, filter }: OnConflict, compilation: Compilation): Fragment {
  const target = sql` on conflict (${sql.join(constraint.map((name) => sql.id(name)))})`
  if (update.length === 0) return sql`${target} do nothing`
  const set = update.map(({ column: { name } }) => sql`${sql.id(name)} = ${sql.id('excluded', name)}`)
  const where = filter ? whereSql([conditionSql(filter, 'target', compilation)]) : sql``
  return sql`${target} do update set ${sql.join(set)}${where}`
}

/** Updates, deletes or finds the rows that keys, links and a filter name. */
function changeSql(step: WriteStep, kept: readonly string[], { compilation }: Write): Fragment {
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
  const columns = sql.join([
    sql`given.n`,
    ...kept.map((name, i) => sql`${sql.id('target', name)}::text as ${sql.id(`c${i}`)}`),
  ])
  if (verb === 'find') return sql`written as (select ${columns} from given cross join ${target}${where})`
  if (verb === 'delete') return sql`written as (delete from ${target} using given${where} returning ${columns})`
  const set = assignments(step).map(([name, value]) => sql`${sql.id(name)} = ${value}`)
  return sql`written as (update ${target} set ${sql.join(set)} from given${where} returning ${columns})`
}

/** What is written into each column: a value given, or one of the row that it is tied to. */
function assignments({ entity, columns, links }: WriteStep): [name: string, value: Fragment][] {
  return [
    ...columns.map((field, i): [string, Fragment] => [field.column.name, cast(sql`given.${sql.id(`v${i}`)}`, field)]),
    ...links.flatMap(({ use, columns }, i) =>
      use === 'set' ? columns.map(({ own }, j): [string, Fragment] => [own, linked(entity, own, i, j)]) : [],
    ),
  ]
}

function keyMatch({ by }: WriteStep): Fragment[] {
  return by.map(
    (field, i) => sql`${column('target', field.column.name)} = ${cast(sql`given.${sql.id(`k${i}`)}`, field)}`,
  )
}

function linked(entity: Entity, own: string, link: number, place: number): Fragment {
  const field = entity.columns.find(({ column }) => column.name === own)
  const value = sql`given.${sql.id(`l${link}_${place}`)}`
  return field ? cast(value, field) : value
}

function cast(value: Fragment, { type }: ColumnField): Fragment {
  return sql`cast(${value} as ${qualified(type.pg)})`
}

/** A step that does not reach what it was told to, or reaches too far, undoes them all. */
function guarded(step: WriteStep, keep: Fragment, { plan }: Write): Fragment {
  const cases = refusals(step, plan.steps).map(([condition, reason]) => sql`when ${condition} then ${refuse(reason)}`)
  return cases.length > 0 ? sql`case ${sql.join(cases, sql` `)} else ${keep} end` : keep
}

function refusals(step: WriteStep, steps: readonly WriteStep[]): [condition: Fragment, reason: string][] {
  const { verb, entity, by, keep, refusal = '', atMost } = step
  const partial = step.absent || (step.onConflict && (step.onConflict.update.length === 0 || step.onConflict.filter))
  if (verb === 'insert') {
    if (partial || keep.size === 0) return []
    const reason = `a trigger kept records of ${entity.typeName} from being inserted`
    return [[sql`count(*) <> (select count(*) from given)`, reason]]
  }
  const reached = sql`count(distinct n)`
  const asked = sql`(select count(distinct given.n) from given)`
  const ties = step.links.filter(({ use }) => use === 'set')
  const reasons: [Fragment, string][] = []
  if (atMost) {
    const most = sql`cast(${parameter({ kind: 'value', value: atMost, type: int })} as int)`
    reasons.push([sql`count(*) > ${most}`, refusal])
  } else if (refusal) {
    const missing = by.length > 0 ? sql`${reached} <> ${asked}` : sql`count(*) = 0 and exists (select from given)`
    reasons.push([missing, refusal])
  } else if (by.length > 0) {
    const keys = sql.join(by.map((_, i) => sql.id(`k${i}`)))
    const twice = sql`(select count(*) <> count(distinct (${keys})) from given)`
    reasons.push([twice, `a record of ${entity.typeName} is named twice`])
  }
  if (verb === 'update' && ties.length > 0) {
    const shared = sql`(select count(*) <> count(distinct given.n) from given)`
    reasons.push([shared, `a record of ${entity.typeName} cannot be connected to several at once`])
  }
  // What was created for a row would belong to none.
  if (ties.some(({ step }) => steps[step]?.verb === 'insert'))
    reasons.push([sql`${reached} < ${asked}`, `there is no record of ${entity.typeName} to relate a new one to`])
  return reasons
}

const int = { kind: 'scalar', scalar: 'Int', pg: { schema: 'pg_catalog', name: 'int4' } } as const

/** The rows in their new state, in the order they were given. */
function answerSql(write: Write): Fragment {
  const { plan, compilation, setting } = write
  const { entity } = plan
  const steps = [...new Set(plan.roots.map(({ step }) => step))]
  const counts = steps.map((step) => sql`json_array_length(current_setting(${setting(step)})::json)`)
  const body = answer(plan.fields, sql`(${sql.join(counts, sql` + `)})::text`, (object) => {
    const alias = compilation.alias()
    const record = concat(objectJson(object, directRow(alias, true), compilation))
    const match = entity.key.map(
      (field, i) => sql`${column(alias, field.column.name)} = ${cast(sql`kept.${sql.id(`k${i}`)}`, field)}`,
    )
    const kept = sql.join(
      steps.map((step) => rootRows(step, write)),
      sql` union all `,
    )
    const [order, placed] =
      steps.length > 1
        ? [sql`placed.n, kept.ord`, sql` join ${placedRows(plan)} on placed.p0 = kept.step and placed.p1 = kept.n`]
        : [sql`kept.n, kept.ord`, sql``]
    return sql`(select string_agg(${record}, ',' order by ${order}) from (${kept}) as kept${placed} join ${tableRef(entity)} as ${sql.id(alias)} on ${sql.join(match, sql` and `)})`
  })
  return sql`select ${body}`
}

function rootRows(step: number, { plan, setting }: Write): Fragment {
  const keep = [...(plan.steps[step]?.keep ?? [])]
  const columns = sql.join([sql`n int`, ...keep.map((_, i) => sql`${sql.id(`c${i}`)} text`)])
  const keys = plan.entity.key.map(
    ({ column }, i) => sql`${sql.id(`c${keep.indexOf(column.name)}`)} as ${sql.id(`k${i}`)}`,
  )
  return sql`select ${sql.join([sql`${sql.lit(step)} as step, n, ord`, ...keys])} from rows from (json_to_recordset(current_setting(${setting(step)})::json) as (${columns})) with ordinality as kept(${sql.join([sql`n`, ...keep.map((_, i) => sql.id(`c${i}`)), sql`ord`])})`
}

function placedRows({ roots }: WritePlan): Fragment {
  const places = roots.map(({ step, place }) => [step, place])
  const rows = parameter({ kind: 'rows', columns: [], rows: roots.map(() => new Map()), places })
  return sql`json_to_recordset(cast(${rows} as json)) as placed(n int, p0 int, p1 int)`
}
