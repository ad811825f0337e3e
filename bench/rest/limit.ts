/** The reference of the Data API's benchmark: a request is looked up by what its URL begins with, and SQL by hand answers it. */
import { serveLimit } from '../photo-community/serve-limit.ts'
import { operations } from './operations.ts'

const byUrl = new Map(
  operations.map((operation) => [
    keyOf(operation.path(1)),
    { ...operation, statement: { name: operation.name, text: operation.sql } },
  ]),
)

await serveLimit((url, body) => {
  const operation = byUrl.get(keyOf(url))
  if (!operation) return undefined
  const { statement, parameters } = operation
  return { statement, values: parameters(url, body), status: operation.body ? 201 : 200 }
})

/** The URL but for its number at the end. */
function keyOf(url: string): string {
  return url.replace(/(?<=eq\.)\d+$/, '')
}
