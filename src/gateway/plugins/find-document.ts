import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { DocumentRequest, FindDocument } from '../requests/index.ts'

/** Puts the document that a request means in the place of its id, or tells why there is none. */
export function useFindDocument(find: FindDocument): Plugin {
  return {
    onParams({ params, setParams }) {
      const text = find(params as DocumentRequest)
      if (text instanceof GraphQLError) throw text
      if (text !== undefined && text !== params.query) setParams({ ...params, query: text })
    },
  }
}
