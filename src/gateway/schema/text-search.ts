import type { InputObjectRef } from '@pothos/core'
import type { SchemaBuilder, Types } from './builder.ts'

/** What `textSearch` takes, named as supabase-js names it. */
export function textSearchType(builder: SchemaBuilder, ownName: (wanted: string) => string) {
  const syntax = builder.enumType(ownName('TextSearchType'), {
    description: 'How a text to search for is read',
    values: {
      websearch: { description: 'As search engines do: "exact words" -without or' },
      plain: { description: 'All words' },
      phrase: { description: 'All words, one after the other' },
      raw: { description: "As Postgres' to_tsquery" },
    },
  })
  return builder.inputType(ownName('TextSearch'), {
    description: 'Full-text search',
    fields: (t) => ({
      query: t.string({ required: true, description: 'What to search for' }),
      type: t.field({ type: syntax, defaultValue: 'websearch' }),
      config: t.string({ description: 'The configuration to search by: "english"' }),
    }),
  }) as unknown as InputObjectRef<Types, unknown>
}
