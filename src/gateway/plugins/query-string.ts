import { GraphQLError } from 'graphql'
import type { GraphQLParams, Plugin } from 'graphql-yoga'

/** Reads the operation out of a URL: also one that an id stands for; and tells whoever sends JSON that is none. */
export function useQueryString(): Plugin {
  return {
    onRequestParse({ request, url, setRequestParser }) {
      if (request.method !== 'GET') return
      const text = (name: string) => url.searchParams.get(name) || undefined
      const json = (name: string) => {
        const written = text(name)
        return written === undefined ? undefined : parseObject(name, written)
      }
      setRequestParser(() => {
        const params = { query: text('query'), operationName: text('operationName'), documentId: text('documentId') }
        const given = { ...params, variables: json('variables'), extensions: json('extensions') }
        return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as GraphQLParams
      })
    },
  }
}

function parseObject(name: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Told below.
  }
  const extensions = { code: 'BAD_REQUEST', http: { status: 400 } }
  throw new GraphQLError(`"${name}" must be a JSON object.`, { extensions })
}
