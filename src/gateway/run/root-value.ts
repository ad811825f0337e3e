import { type Bytes, textOf } from '#database'
import type { PreparedOperation } from './prepare.ts'
import type { TellError } from './tell-error.ts'

/** What graphql-js starts from where code takes part in an operation. */
export interface RootValue {
  /** What the database answers, by response keys; of a mutation, each a promise that is made when it is asked for. */
  readonly rootValue: Readonly<Record<string, unknown>>
  /** What the answer holds besides `data`, once the database has answered. */
  readonly told: { readonly extensions?: Record<string, unknown> }
}

/** @param run runs the statements of `prepared`; called once at the most */
export async function rootValueOf(
  prepared: PreparedOperation,
  run: () => Promise<Bytes>,
  tell: TellError,
): Promise<RootValue> {
  const told = {}
  if (prepared.keys.length === 0) return { rootValue: {}, told }
  if (prepared.kind === 'query') return { rootValue: await answer(), told }

  // graphql-js asks for a mutation's fields one after the other: the tables' changes run, in one transaction, when
  // it comes to the first of them.
  let running: Promise<Record<string, unknown>> | undefined
  const read = async (key: string) => {
    running ??= answer()
    try {
      return (await running)[key]
    } catch (error) {
      throw tell(error)
    }
  }
  const fields = prepared.keys.map((key) => [key, { get: () => read(key) }])
  return { rootValue: Object.defineProperties({}, Object.fromEntries(fields)), told }

  async function answer(): Promise<Record<string, unknown>> {
    const bytes = await run()
    const { data, ...besides } = JSON.parse(textOf(bytes)) as { data: Record<string, unknown> }
    bytes.release()
    Object.assign(told, besides)
    return data
  }
}
