import type { z } from 'zod'

/**
 * Parses as Storage's own schemas do: a value of another type is taken for one of the wanted type where it can be, so
 * `"60"` is a number and `"a"` a list of one. Its Python client counts on it.
 *
 * @see https://ajv.js.org/coercion.html
 */
export function parseCoerced<T>(schema: z.ZodType<T>, value: unknown): z.ZodSafeParseResult<T> {
  const first = schema.safeParse(value)
  if (first.success) return first
  const copy: unknown = structuredClone(value)
  for (const issue of first.error.issues) coerce(copy, issue)
  return schema.safeParse(copy)
}

function coerce(root: unknown, { code, path, ...issue }: z.core.$ZodIssue): void {
  const name = path.at(-1)
  const holder = path.slice(0, -1).reduce<unknown>((value, key) => Object(value)[key], root)
  if (name === undefined || typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, name)) return
  const held = holder as Record<PropertyKey, unknown>
  const value = held[name]
  const given = Array.isArray(value) && value.length === 1 ? value[0] : value
  if (code === 'invalid_value') held[name] = given
  else if (code === 'invalid_type' && 'expected' in issue) held[name] = as(issue.expected, given, value)
}

function as(expected: unknown, given: unknown, value: unknown): unknown {
  switch (expected) {
    case 'string':
      if (given === null) return ''
      return typeof given === 'number' || typeof given === 'boolean' ? String(given) : given
    case 'number':
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
