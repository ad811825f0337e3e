import type { FunctionField } from '../model/index.ts'
import type { Arguments } from './input.ts'
import { leaf } from './page.ts'
import type { CallPlan } from './plan.ts'
import type { Scope } from './scope.ts'
import { userError } from './user-error.ts'

/** A function with the arguments that were given. */
export function planCall(field: FunctionField, args: Arguments, scope: Scope): CallPlan {
  if (field.fn.volatility === 'volatile') scope.reads = false
  let omitted: string | undefined
  return {
    field,
    arguments: field.arguments.flatMap(({ name, parameter, type }) => {
      const input = args.get(name)
      if (parameter === null && input && omitted !== undefined)
        throw userError(`"${name}" takes "${omitted}" beside it`)
      if (!input) {
        omitted ??= name
        return []
      }
      const value = leaf(input) ?? ({ kind: 'constant', value: null } as const)
      return [{ parameter, type, value }]
    }),
  }
}

/** Of what a field was given, what its page takes: an argument of the function's own goes before one that is called the same. */
export function pagingOf(field: FunctionField, args: Arguments): Arguments {
  return new Map([...args].filter(([name]) => !field.arguments.some((own) => own.name === name)))
}
