import type { ColumnField, Entity } from '../model/index.ts'
import type { NamedTypes } from './named-types.ts'
import { memo, orderable, type Parts, typeOf } from './parts.ts'

/** Inputs that name a table's columns: orders, rows to insert, columns to set. */
export function inputTypes(types: NamedTypes, parts: () => Parts) {
  const direction = memo((_: 'direction') =>
    types.enum({
      name: 'OrderByDirection',
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
    memo((entity: Entity) =>
      types.input(`${entity.typeName}${suffix}`, () =>
        Object.fromEntries(
          columns(entity).map(({ name, type, description }) => [
            name,
            { type: typeOf(parts(), type), description: description ?? null },
          ]),
        ),
      ),
    )

  const orderBy = memo((entity: Entity) =>
    types.input(`${entity.typeName}OrderBy`, () =>
      Object.fromEntries(orderable(entity).map(({ name }) => [name, { type: direction('direction') }])),
    ),
  )

  return {
    direction: () => direction('direction'),
    orderBy,
    insertInput: columnsInput('InsertInput', (entity) => entity.insertable),
    updateInput: columnsInput('UpdateInput', (entity) => entity.updatable),
  }
}
