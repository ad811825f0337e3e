import { sql } from 'kysely'
import type { Fragment } from '#database'
import type { Inputs } from '../plan/index.ts'

/** Where a parameter's value comes from: the statement itself holds none, and serves every request of its shape. */
export type Parameter =
  | { readonly from: 'values'; readonly at: number }
  | { readonly from: 'payload' }
  | { readonly from: 'members'; readonly at: number }
  | { readonly from: 'arguments'; readonly at: number }

export function parameter(value: Parameter): Fragment {
  return sql`${sql.val(value)}`
}

/** The parameter's text in one request. */
export function bind(parameter: Parameter, inputs: Inputs): string | null {
  switch (parameter.from) {
    case 'values':
      return inputs.values[parameter.at] ?? null
    case 'payload':
      return inputs.payload
    case 'members':
      return inputs.members[parameter.at] ?? null
    case 'arguments':
      return inputs.arguments[parameter.at] ?? null
  }
}
