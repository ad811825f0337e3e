import type { GraphQLResolveInfo } from 'graphql'
import type { ResolverContext } from '../context.ts'

/** Answers a field for all rows of a page at once, in their order; an `Error` among the answers fails its row alone. */
export type Batch<Row, Args, Answer> = (
  rows: readonly Row[],
  args: Args,
  context: ResolverContext,
) => Promise<readonly (Answer | Error)[]> | readonly (Answer | Error)[]

type Resolve<Row, Args, Answer> = (
  row: Row,
  args: Args,
  context: ResolverContext,
  info: GraphQLResolveInfo,
) => Promise<Answer>

interface Pending<Row, Answer> {
  readonly rows: Row[]
  readonly answers: Promise<readonly (Answer | Error)[]>
}

/**
 * A resolver that gathers the rows graphql-js asks for in one go and answers them with one call of `batch`.
 * graphql-js calls the resolvers of a list's items synchronously, so a microtask later the page is complete.
 */
export function batched<Row, Args, Answer>(batch: Batch<Row, Args, Answer>): Resolve<Row, Args, Answer> {
  const pages = new WeakMap<object, Map<string, Pending<Row, Answer>>>()

  return async (row, args, context, info) => {
    // Fields of one operation share its variable values' identity; the context may outlive an operation.
    const operation: object = info.variableValues
    const open = pages.get(operation) ?? new Map<string, Pending<Row, Answer>>()
    pages.set(operation, open)
    const key = `${info.fieldNodes[0]?.loc?.start}:${JSON.stringify(args)}`

    let page = open.get(key)
    if (!page) {
      const rows: Row[] = []
      const answers = Promise.resolve().then(() => {
        open.delete(key)
        return batch(rows, args, context)
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
    return answer as Answer
  }
}
