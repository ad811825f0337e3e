import type { z } from 'zod'

/** A value has at most as many layers that need another type: a list of what was one thing, and that thing. */
const layers = 3

/** Values of another type, beyond which nobody meant any: they are refused as they are. */
const most = 1000

/**
 * Parses as Storage's own schemas do: a value of another type is taken for one of the wanted type where it can be, so
 * `"60"` is a number and `"a"` a list of one. Its Python client counts on it.
 *
 * @see https://ajv.js.org/coercion.html
 */
export function parseCoerced<T>(schema: z.ZodType<T>, value: unknown): z.ZodSafeParseResult<T> {
  let coerced = value
  let result = schema.safeParse(value, { reportInput: true })
  for (let layer = 0; layer < layers && !result.success && result.error.issues.length <= most; layer++) {
    coerced = coerceAll(coerced, result.error.issues)
    result = schema.safeParse(coerced, { reportInput: true })
  }
  return result
}

/** A copy in which all that can be is of the wanted type: what was given is not changed. */
function coerceAll(root: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const own = new Set<unknown>()
  return issues.reduce((whole, issue) => {
    return issue.path.length === 0 ? whole : changed(whole, issue.path, (value) => taken(issue, value), own)
  }, root)
}

/**
 * With another value at the path: what is around it is copied, unless it is a copy already.
 *
 * @param own the copies
 */
function changed(
  root: unknown,
  [name, ...rest]: readonly PropertyKey[],
  change: (value: unknown) => unknown,
  own: Set<unknown>,
): unknown {
  if (name === undefined) return change(root)
  if (typeof root !== 'object' || root === null || !Object.hasOwn(root, name)) return root
  const copy: unknown = own.has(root) ? root : Array.isArray(root) ? [...root] : { ...root }
  own.add(copy)
  const held = copy as Record<PropertyKey, unknown>
  held[name] = changed(held[name], rest, change, own)
  return copy
}

function taken(issue: z.core.$ZodIssue, value: unknown): unknown {
  const given = Array.isArray(value) && value.length === 1 ? value[0] : value
  if (issue.code === 'invalid_value') return given
  return issue.code === 'invalid_type' ? as(issue.expected, given, value) : value
}

function as(expected: string, given: unknown, value: unknown): unknown {
  switch (expected) {
    case 'string':
      if (given === null) return ''
      return typeof given === 'number' || typeof given === 'boolean' ? String(given) : given
    case 'number':
    case 'int':
      if (given === null || typeof given === 'boolean') return Number(given)
      return typeof given === 'string' && given.trim() !== '' && !Number.isNaN(Number(given)) ? Number(given) : given
    case 'boolean':
      if (given === null || given === 0 || given === 'false') return false
      return given === 1 || given === 'true' ? true : given
    case 'array':
      return typeof value === 'object' && value !== null ? value : [value]
    default:
      return value
  }
}
