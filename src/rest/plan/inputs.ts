import { arrayText } from '#database'
import type { RestRequest } from '../request/index.ts'
import type { Plan } from './plan.ts'

/** The values of one request, for the parameters of the statement that its plan became. */
export interface Inputs {
  readonly values: readonly string[]
  readonly payload: string | null
  /** Of a flat object in the body, the texts of its values. */
  readonly members: readonly (string | null)[]
  readonly arguments: readonly string[]
}

export function inputsOf({ query, payload }: RestRequest, plan: Plan): Inputs {
  return {
    values: query.values,
    payload: payload?.text ?? null,
    members: payload?.texts ?? [],
    arguments: plan.kind === 'call' ? argumentValues(query.parameters, plan) : [],
  }
}

/** The last value of each argument; of a variadic one all of them, or the array that is its only one. */
function argumentValues(given: RestRequest['query']['parameters'], plan: Plan & { kind: 'call' }): string[] {
  if (plan.arguments.kind !== 'values') return []
  const { fn } = plan
  const last = fn.arguments.at(-1)?.name
  return plan.arguments.names.map(({ name }) => {
    const values = given.filter(([key]) => key === name).map(([, value]) => value)
    const isArray = values.length === 1 && values[0]?.startsWith('{')
    return fn.variadic && name === last && !isArray ? arrayText(values) : (values.at(-1) ?? '')
  })
}
