import type { InputFieldMap, InputFieldRef, InputObjectRef } from '@pothos/core'
import type { ColumnField, Entity } from '../model/index.ts'
import type { SchemaBuilder, Types } from './builder.ts'
import { inputType, memo, orderable, type Parts } from './parts.ts'

type Input = InputObjectRef<Types, unknown>

/** Inputs that name a table's columns: orders, rows to insert, columns to set. */
export function inputTypes(builder: SchemaBuilder, parts: () => Parts) {
  const direction = memo((_: 'direction') =>
    builder.enumType('OrderByDirection', {
      description: 'Defines a per-field sorting order',
      values: {
        AscNullsFirst: { description: 'Ascending order, nulls first' },
        AscNullsLast: { description: 'Ascending order, nulls last' },
        DescNullsFirst: { description: 'Descending order, nulls first' },
        DescNullsLast: { description: 'Descending order, nulls last' },
      },
    }),
  )

  const columnsInput = (suffix: string, columns: (entity: Entity) => readonly ColumnField[]) =>
    memo(
      (entity: Entity) => builder.inputRef<object>(`${entity.typeName}${suffix}`),
      (ref, entity) =>
        ref.implement({
          fields: (t) =>
            Object.fromEntries(
              columns(entity).map((field): [string, InputFieldRef<Types, unknown>] => [
                field.name,
                t.field({ type: inputType(t, parts(), field.type), ...described(field) }),
              ]),
            ) as InputFieldMap,
        }),
    ) as unknown as (entity: Entity) => Input

  const orderBy = memo(
    (entity: Entity) => builder.inputRef<object>(`${entity.typeName}OrderBy`),
    (ref, entity) =>
      ref.implement({
        fields: (t) =>
          Object.fromEntries(
            orderable(entity).map((field) => [field.name, t.field({ type: direction('direction') })]),
          ) as InputFieldMap,
      }),
  ) as unknown as (entity: Entity) => Input

  return {
    direction: () => direction('direction') as ReturnType<Parts['direction']>,
    orderBy,
    insertInput: columnsInput('InsertInput', (entity) => entity.insertable),
    updateInput: columnsInput('UpdateInput', (entity) => entity.updatable),
  }
}

function described({ description }: ColumnField): { description?: string } {
  return description === undefined ? {} : { description }
}
