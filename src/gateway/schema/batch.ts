import type { GraphQLFieldResolver } from 'graphql'

type Batch = (
  rows: readonly unknown[],
  args: object,
  context: never,
) => Promise<readonly unknown[]> | readonly unknown[]

interface Pending {
  readonly rows: unknown[]
  readonly answers: Promise<readonly unknown[]>
}

/**
 * A resolver that gathers the rows graphql-js asks for in one go and answers them with one call of `batch`.
 * graphql-js calls the resolvers of a list's items synchronously, so a microtask later the page is complete.
 */
export function batched(batch: Batch): GraphQLFieldResolver<unknown, unknown, object> {
  const pages = new WeakMap<object, Map<string, Pending>>()

  return async (row, args, context, info) => {
    // Fields of one operation share its variable values' identity; the context may outlive an operation.
    const operation: object = info.variableValues
    const open = pages.get(operation) ?? new Map<string, Pending>()
    pages.set(operation, open)
    const key = `${info.fieldNodes[0]?.loc?.start}:${JSON.stringify(args)}`

    let page = open.get(key)
    if (!page) {
      const rows: unknown[] = []
      const answers = Promise.resolve().then(() => {
        open.delete(key)
        return batch(rows, args, context as never)
      })
      page = { rows, answers }
      open.set(key, page)
    }
    const index = page.rows.push(row) - 1
    const answers = await page.answers
    if (answers.length !== page.rows.length) {
      throw new Error(
        `batch of ${info.parentType.name}.${info.fieldName} answered ${answers.length} of ${page.rows.length} rows`,
      )
    }
    const answer = answers[index]
    if (answer instanceof Error) throw answer
    return answer
  }
}
