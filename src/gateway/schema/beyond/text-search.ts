import { GraphQLNonNull, GraphQLString } from 'graphql'
import { addInputFields } from '../graft.ts'
import type { BeyondTypes } from './types.ts'

/** Full-text search as an operator of texts and of `tsvector` columns, named as supabase-js names it. */
export function addTextSearch(types: BeyondTypes): void {
  const filters = ['StringFilter', 'OpaqueFilter'].flatMap((name) => types.input(name) ?? [])
  if (filters.length === 0) return
  const syntax = types.newEnum(
    'TextSearchType',
    {
      websearch: 'As search engines do: "exact words" -without or',
      plain: 'All words',
      phrase: 'All words, one after the other',
      raw: "As Postgres' to_tsquery",
    },
    'How a text to search for is read',
  )
  const type = types.newInput(
    'TextSearch',
    () => ({
      query: { type: new GraphQLNonNull(GraphQLString), description: 'What to search for' },
      type: { type: syntax, defaultValue: 'websearch' },
      config: { type: GraphQLString, description: 'The configuration to search by: "english"' },
    }),
    'Full-text search',
  )
  for (const filter of filters)
    addInputFields(filter, {
      textSearch: { type, description: 'Full-text search of a text, or of a column of type tsvector' },
    })
}
