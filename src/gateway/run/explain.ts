import type { Caller, CallerPool, RequestInfo, Statement } from '#database'

/** What `extensions.portico` tells: the SQL that answered an operation, in order, and what Postgres thinks it costs. */
export interface Explanation {
  readonly statements: readonly {
    readonly sql: string
    /** Postgres' total cost of the plan, for these parameters; null where it depends on an earlier statement. */
    readonly cost: number | null
  }[]
}

/** Plans statements that were run, as the same caller; none of them runs again. */
export async function explain(
  callers: Pick<CallerPool, 'run'>,
  caller: Caller,
  request: RequestInfo,
  statements: readonly Statement[],
): Promise<Explanation> {
  const costs = statements.map(async ({ text, values }) => {
    const asked = { text: `explain (format json) ${text}`, values }
    const [plan] = await callers.run(caller, request, [asked]).catch(() => [])
    const [told] = JSON.parse(plan ?? '[]') as { Plan: { 'Total Cost': number } }[]
    return { sql: text, cost: told?.Plan['Total Cost'] ?? null }
  })
  return { statements: await Promise.all(costs) }
}
