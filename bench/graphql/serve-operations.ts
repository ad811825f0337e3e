import { serveLimit } from '../photo-community/serve-limit.ts'
import type { Operation } from './operations/index.ts'

type Served = Pick<Operation, 'name' | 'document' | 'sql' | 'parameters'>

/** The reference of GraphQL's benchmarks: the document's text is looked up, and SQL by hand answers it. */
export async function serveOperations(operations: readonly Served[]): Promise<void> {
  const byDocument = new Map(
    operations.map(({ name, document, sql, parameters }) => [document, { statement: { name, text: sql }, parameters }]),
  )
  await serveLimit((_url, body) => {
    const { query, variables } = JSON.parse(body) as { query: string; variables: Record<string, unknown> }
    const served = byDocument.get(query)
    return served && { statement: served.statement, values: served.parameters(variables), status: 200 }
  })
}
