import type { ColumnField, Entity } from '../model/index.ts'
import { uniqueKeys } from '../model/index.ts'
import type { Input } from './input.ts'
import { userError } from './user-error.ts'

/** The columns of one unique key with their values: what names a row. */
export function keyOf(entity: Entity, input: Input): readonly (readonly [field: ColumnField, value: Input])[] {
  const fields = input.kind === 'object' ? input.fields : new Map<string, Input>()
  const given = entity.columns.flatMap((field) => {
    const value = fields.get(field.name)
    return value && value.kind !== 'null' ? [[field, value] as const] : []
  })
  const keys = uniqueKeys(entity)
  const matches = keys.some(
    (key) => key.length === given.length && key.every((field) => given.some(([own]) => own === field)),
  )
  if (matches) return given
  const known = keys.map((key) => `{${key.map(({ name }) => name).join(', ')}}`)
  throw userError(`A record of ${entity.typeName} is named by one of ${known.join(', ')}`)
}
