import type { ColumnField } from '../model/index.ts'
import type { Condition, TextSearch } from './condition-plan.ts'
import type { Input } from './input.ts'
import { leaf } from './page.ts'
import { peek, type Scope } from './scope.ts'
import { userError } from './user-error.ts'

/** `textSearch: {query, type, config}`, named as supabase-js names it. */
export function textSearch(field: ColumnField, input: Input, scope: Scope): Condition {
  const given = (name: string) => (input.kind === 'object' ? leaf(input.fields.get(name)) : undefined)
  const word = (name: string) => {
    const value = given(name)
    return value && (peek(value, scope) as string | null)
  }
  const { type } = field
  if (type.kind === 'scalar' && type.scalar === 'Opaque' && type.pg.name !== 'tsvector')
    throw userError(`"${field.name}" holds no text to search; "textSearch" takes text and tsvector columns`)
  const config = word('config') ?? undefined
  if (config !== undefined && !/^\w{1,63}(\.\w{1,63})?$/.test(config))
    throw userError('"config" takes the name of a text search configuration: "english"')
  const query = given('query') ?? ({ kind: 'constant', value: null } as const)
  const syntax = (word('type') ?? 'websearch') as TextSearch['syntax']
  return { kind: 'textSearch', field, search: { query, syntax, config } }
}
