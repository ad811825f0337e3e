import type { ColumnField, Entity } from './model.ts'
import { isExposable } from './names.ts'

/** Each set of readable columns that tells rows apart: what a row can be named by. */
export function uniqueKeys(entity: Entity): readonly (readonly ColumnField[])[] {
  const keys = entity.table.uniques.flatMap((names) => columnsOf(entity, names) ?? [])
  const isKey = keys.some((key) => key.length === entity.key.length && key.every((field) => entity.key.includes(field)))
  return isKey ? keys : [entity.key, ...keys]
}

/** Those of plain values: what another service can name a row by. */
export function entityKeys(entity: Entity): readonly (readonly ColumnField[])[] {
  const isPlain = ({ type }: ColumnField) => type.kind !== 'list' && !(type.kind === 'scalar' && type.scalar === 'JSON')
  return uniqueKeys(entity).filter((key) => key.every(isPlain))
}

/** The unique keys that may decide a conflict, by the names of their constraints. */
export function conflictKeys(
  entity: Entity,
): readonly { readonly name: string; readonly columns: readonly string[] }[] {
  const { arbiters } = entity.table
  return arbiters.filter(({ name, columns }) => isExposable(name) && columnsOf(entity, columns) !== undefined)
}

function columnsOf(entity: Entity, names: readonly string[]): [ColumnField[]] | undefined {
  const fields = names.flatMap((name) =>
    entity.columns.filter(({ column, readable }) => readable && column.name === name),
  )
  return fields.length === names.length ? [fields] : undefined
}
