import type { Expression } from './expression.ts'
import { functions, isTrue, member } from './functions.ts'

/** What a template sees. */
export interface Scope {
  /** `$` */
  readonly root: unknown
  /** `.` */
  readonly dot: unknown
}

export function evaluate(expression: Expression, scope: Scope): unknown {
  switch (expression.kind) {
    case 'value':
      return expression.value
    case 'path':
      return expression.path.reduce(member, expression.root ? scope.root : scope.dot)
    case 'call': {
      const { name, args } = expression
      // These two look no further than they must.
      if (name === 'and') return firstWhere(args, scope, (value) => !isTrue(value))
      if (name === 'or') return firstWhere(args, scope, isTrue)
      return functions[name]?.(...args.map((arg) => evaluate(arg, scope)))
    }
  }
}

function firstWhere(args: readonly Expression[], scope: Scope, stops: (value: unknown) => boolean): unknown {
  let value: unknown
  for (const arg of args) {
    value = evaluate(arg, scope)
    if (stops(value)) return value
  }
  return value
}
