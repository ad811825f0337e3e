import type { z } from 'zod'

/** A value has at most as many layers that need another type: a list of what was one thing, and that thing. */
const layers = 3

/**
 * Parses as Storage's own schemas do: a value of another type is taken for one of the wanted type where it can be, so
 * `"60"` is a number and `"a"` a list of one. Its Python client counts on it.
 *
 * @see https://ajv.js.org/coercion.html
 */
export function parseCoerced<T>(schema: z.ZodType<T>, value: unknown): z.ZodSafeParseResult<T> {
  let coerced = value
  let result = schema.safeParse(value, { reportInput: true })
  for (let layer = 0; layer < layers && !result.success; layer++) {
    coerced = result.error.issues.reduce(coerce, coerced)
    result = schema.safeParse(coerced, { reportInput: true })
  }
  return result
}

function coerce(root: unknown, issue: z.core.$ZodIssue): unknown {
  return issue.path.length === 0 ? root : changed(root, issue.path, (value) => taken(issue, value))
}

/** A copy with another value at the path: what was given is not changed, and how deep it is costs nothing. */
function changed(root: unknown, [name, ...rest]: readonly PropertyKey[], change: (value: unknown) => unknown): unknown {
  if (name === undefined) return change(root)
  if (typeof root !== 'object' || root === null || !Object.hasOwn(root, name)) return root
  const copy: unknown = Array.isArray(root) ? [...root] : { ...root }
  const held = copy as Record<PropertyKey, unknown>
  held[name] = changed(held[name], rest, change)
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
