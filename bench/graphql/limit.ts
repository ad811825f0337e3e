/** The reference of the GraphQL benchmark: the document's text is looked up, and SQL by hand answers it. */
import { serveLimit } from '../photo-community/serve-limit.ts'
import { largeAnswer, operations } from './operations/index.ts'

const byDocument = new Map(
  [...operations, largeAnswer].map((operation) => [
    operation.document,
    { ...operation, statement: { name: operation.name, text: operation.sql } },
  ]),
)

await serveLimit((_url, body) => {
  const { query, variables } = JSON.parse(body) as { query: string; variables: Record<string, unknown> }
  const operation = byDocument.get(query)
  return operation && { statement: operation.statement, values: operation.parameters(variables), status: 200 }
})
