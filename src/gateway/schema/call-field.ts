import type { FunctionField } from '../model/index.ts'
import { answeredBy, type Field, ownArguments, pageArguments, valueField } from './fields.ts'
import type { Parts } from './parts.ts'

/** A function of the database as a root field. */
export function callField(parts: Parts, field: FunctionField): Field {
  const source = { kind: 'call', field } as const
  const own = ownArguments(parts, field)
  const { returns, description } = field
  if (returns.kind === 'value') return valueField(parts, { type: returns.type, description }, source, true, own)
  const entity = returns.entity()
  const about = { description: description ?? null, ...answeredBy(source) }
  return returns.kind === 'row'
    ? { type: parts.object(entity), args: own, ...about }
    : { type: parts.connection(entity), args: { ...pageArguments(parts, entity), ...own }, ...about }
}
