import type { FunctionField } from '../model/index.ts'
import type { Types } from './builder.ts'
import { answeredBy, described, type objectTypes, pageArguments } from './objects.ts'
import { inputType, type Parts } from './parts.ts'

export type RootBuilder = PothosSchemaTypes.QueryFieldBuilder<Types, Types['Root']>
export type RootField = ReturnType<RootBuilder['field']>
export type ValueField = ReturnType<typeof objectTypes>['valueField']

/** A function of the database as a root field. */
export function callField(t: RootBuilder, field: FunctionField, parts: Parts, valueField: ValueField): RootField {
  const source = { kind: 'call', field } as const
  const own = Object.fromEntries(
    field.arguments.map(({ name, type, optional, default: value }) => [
      name,
      t.arg({
        type: inputType(t.arg, parts, type),
        required: !optional,
        ...(value !== undefined && { defaultValue: value as string }),
      }),
    ]),
  )
  const { returns } = field
  if (returns.kind === 'value') {
    return valueField(
      t as never,
      { type: returns.type, description: field.description },
      source,
      true,
      own,
    ) as unknown as RootField
  }
  const entity = returns.entity()
  const options = { ...described(field), ...answeredBy(source) }
  return returns.kind === 'row'
    ? (t.field({ type: parts.object(entity), args: own, ...options }) as RootField)
    : (t.field({
        type: parts.connection(entity),
        args: { ...pageArguments(t as never, parts, entity), ...own },
        ...options,
      }) as RootField)
}
