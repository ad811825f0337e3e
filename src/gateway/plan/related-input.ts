import type { ColumnField, Entity, Relation } from '../model/index.ts'
import type { OnConflict, RowPlace } from './changes-plan.ts'
import { planFilter } from './filter.ts'
import { type Fields, fieldsOf, type Input, itemsOf } from './input.ts'
import { planOnConflict } from './on-conflict.ts'
import { leaf } from './page.ts'
import type { Scope } from './scope.ts'
import { keyOf } from './unique-key.ts'
import { userError } from './user-error.ts'
import type { Given, Limits, Tie } from './write-steps.ts'

/** One thing that is asked of a relation: `create`, `connect`, `deleteWhere` … */
export interface RelatedOp {
  readonly name: string
  readonly input: Input
  /** What creating is to do where a key is taken. */
  readonly onConflict: Input | undefined
}

/** What is asked of one relation: an entry for each record or condition. */
export function opsOf(relation: Relation, fields: Fields): RelatedOp[] {
  const asked = fieldsOf(fields.get(relation.name))
  const onConflict = asked.get('onConflict')
  return [...asked].flatMap(([name, value]) =>
    name === 'onConflict' ? [] : itemsOf(value).map((input) => ({ name, input, onConflict })),
  )
}

/** Whether a row is given with rows that it has one of the relations to. */
export function namesRelated(relations: readonly Relation[], fields: Fields): boolean {
  return relations.some(({ name }) => fields.get(name)?.kind === 'object')
}

export function whereOf(input: Input): Input {
  return fieldsOf(input).get('where') ?? { kind: 'null' }
}

/** The key of one among related rows; a to-one needs none. */
export function keyWithin(relation: Relation, input: Input): Given {
  return relation.kind === 'one' && fieldsOf(input).size === 0 ? [] : keyOf(relation.to(), input)
}

/** Of what was given of a row, its columns. */
export function columnsOf(columns: readonly ColumnField[], fields: Fields, ties: readonly Tie[]): Given {
  return columns.flatMap((field): Given => {
    const value = fields.get(field.name)
    if (!value) return []
    const tied = ties.some(({ use, columns }) => use === 'set' && columns.some(({ own }) => own === field.column.name))
    if (tied) throw userError(`"${field.name}" is given twice: as a column and by a relation`)
    return [[field, value]]
  })
}

/** Columns that are to hold nothing any more. */
export function cleared(entity: Entity, names: readonly string[]): Given {
  return names.map((name) => {
    const field = entity.columns.find(({ column }) => column.name === name)
    if (!field) throw new Error(`${entity.table.name} shows no column ${name}`)
    return [field, { kind: 'null' }]
  })
}

/** Ties a row of a relation's target to the row it is related to. */
export function tieTo(relation: Relation, to: RowPlace, use: Tie['use']): Tie {
  return { use, to, columns: relation.toColumns.map((own, i) => ({ own, other: relation.from.columns[i] ?? '' })) }
}

/** Which rows `updateWhere` and `deleteWhere` are about, and how many at most. */
export function bounds(relation: Relation, fields: Fields, scope: Scope): Limits {
  const filter = planFilter(fields.get('filter'), relation.to(), scope)
  const atMost = leaf(fields.get('atMost')) ?? ({ kind: 'constant', value: 1 } as const)
  return { filter, atMost, refusal: `"${relation.name}" impacts too many records` }
}

export function notThere({ name }: Relation): string {
  return `"${name}" names a record that is not there`
}

/** Those that do the same about a conflict together. */
export function byConflict<Op extends RelatedOp>(
  entity: Entity,
  ops: readonly Op[],
  scope: Scope,
): { readonly ops: readonly Op[]; readonly onConflict: OnConflict | undefined }[] {
  const planned = ops.map((op, i) => {
    const onConflict = planOnConflict(op.onConflict, entity, scope)
    return { op, onConflict, like: onConflict && likeness(onConflict, i) }
  })
  return [...Map.groupBy(planned, ({ like }) => like).values()].map((group) => ({
    ops: group.map(({ op }) => op),
    onConflict: group[0]?.onConflict,
  }))
}

/** Filters are not compared: each stands for itself. */
function likeness({ constraint, update, filter }: OnConflict, index: number): string {
  return [constraint.join(), update.map(({ name }) => name).join(), filter ? index : ''].join(';')
}
