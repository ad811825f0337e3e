/** The functions a template may call, beside `and` and `or`. */
export const functions: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
  not: (value) => !isTrue(value),
  eq: (value, ...others) => others.includes(value),
  ne: (value, other) => value !== other,
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
  len: (value) => (typeof value === 'string' || Array.isArray(value) ? value.length : Object.keys(value ?? {}).length),
  index: (value, ...keys) => keys.reduce((inner, key) => member(inner, String(key)), value),
  print: (...values) => values.map(written).join(''),
  printf: (format, ...values) => {
    let at = 0
    return written(format).replace(/%[sdvq]|%%/g, (verb) => {
      if (verb === '%%') return '%'
      const value = written(values[at++])
      return verb === '%q' ? JSON.stringify(value) : value
    })
  },
  html: (value) => written(value),
  urlquery: (value) => encodeURIComponent(written(value)),
}

export function isFunction(name: string): boolean {
  return name === 'and' || name === 'or' || Object.hasOwn(functions, name)
}

/** Whether Go's templates take a value for true: not false, 0, empty or absent. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return Boolean(value)
}

export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Record<string, unknown>)[name]
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [left, right] = [written(a), written(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** A value as text; what is absent is empty. */
export function written(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
