import { z } from 'zod'

/**
 * What the values of config.toml are made of. Each message says what is expected there, so that a mistake can read
 * `auth.jwt_expiry is "soon", expected a whole number of seconds`.
 */

/** A table whose keys all have defaults: absent means empty. Keys are camelCase here and snake_case in the file. */
export function table<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.object(shape, { error: 'a table' }).prefault({} as never)
}

/** A table that is absent unless the file has it. */
export function optionalTable<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.object(shape, { error: 'a table' }).optional()
}

/** A table whose keys are names that the user chose: `[functions.hello]`. */
export function named<Value extends z.ZodType>(value: Value, name: { pattern: RegExp; expected: string } = anyName) {
  return z
    .record(z.string().regex(name.pattern), value, {
      error: ({ code }) => (code === 'invalid_key' ? name.expected : 'a table'),
    })
    .prefault({} as never)
}

const anyName = { pattern: /^/, expected: 'a name' }

export function flag(fallback: boolean) {
  return z.boolean({ error: 'true or false' }).default(fallback)
}

export function text(fallback: string) {
  return z.string({ error: 'a string' }).default(fallback)
}

/** A string that may be left out; an empty one counts as left out. */
export function optionalText() {
  return z.string({ error: 'a string' }).optional()
}

const hidden = new WeakSet<z.ZodType>()

/** A string that no message and no log may show. */
export function secret() {
  const schema = z.string({ error: 'a string' })
  hidden.add(schema)
  return schema.optional()
}

/** A value of a table of secrets. */
export function secretEntry() {
  const schema = z.string({ error: 'a string' })
  hidden.add(schema)
  return schema
}

export function isSecret(schema: z.ZodType): boolean {
  return hidden.has(schema)
}

export function choice<const Options extends readonly [string, ...string[]]>(
  options: Options,
  fallback: Options[number],
) {
  const expected = `one of ${options.map((option) => JSON.stringify(option)).join(', ')}`
  return z.enum(options, { error: expected }).default(fallback as never)
}

export function textList(fallback: readonly string[] = []) {
  return z.array(z.string({ error: 'a string' }), { error: 'a list of strings' }).default(() => [...fallback])
}

/** A whole number from `min` (0) to `max`. */
export function count(fallback: number, { min = 0, max = Number.MAX_SAFE_INTEGER, unit = '' } = {}) {
  return wholeNumber({ min, max, unit }).default(fallback)
}

export function optionalCount({ min = 0, max = Number.MAX_SAFE_INTEGER } = {}) {
  return wholeNumber({ min, max, unit: '' }).optional()
}

function wholeNumber({ min, max, unit }: { min: number; max: number; unit: string }) {
  const bounds = [min > 0 && `at least ${min}`, max < Number.MAX_SAFE_INTEGER && `at most ${max}`].filter(Boolean)
  const expected = ['a whole number', unit && ` of ${unit}`, bounds.length > 0 && `, ${bounds.join(' and ')}`]
  const error = expected.filter(Boolean).join('')
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error })
}

const portError = { error: 'a port between 1 and 65535' }
const port0Error = { error: 'a port between 0 and 65535' }

export function port(fallback: number) {
  return z.number(portError).int(portError).min(1, portError).max(65535, portError).default(fallback)
}

export function optionalPort() {
  return z.number(port0Error).int(port0Error).min(0, port0Error).max(65535, port0Error).optional()
}

/** A duration as Go writes it (`1h30m`, `500ms`), in seconds. A bare number is nanoseconds, as for Supabase's CLI. */
export function duration(fallback: string) {
  return durationInSeconds().prefault(fallback)
}

export function optionalDuration() {
  return durationInSeconds().optional()
}

function durationInSeconds() {
  return z.union([z.string(), z.number()], { error: durationExpected }).transform((written, context) => {
    const seconds = typeof written === 'number' ? written / 1e9 : secondsOf(written)
    if (seconds !== undefined && seconds >= 0) return seconds
    context.addIssue({ code: 'custom', message: durationExpected })
    return z.NEVER
  })
}

const durationExpected = 'a duration like "30s", "5m" or "1h30m"'
const durationUnits: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 }

function secondsOf(written: string): number | undefined {
  if (written === '0') return 0
  if (!/^\+?((\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h))+$/.test(written)) return undefined
  let seconds = 0
  for (const [, amount, unit] of written.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g)) {
    seconds += Number(amount) * (durationUnits[unit ?? ''] ?? Number.NaN)
  }
  return seconds
}

/** A size such as `50MiB`, in bytes. Units are powers of 1024 with or without the `i`, as for Supabase's CLI. */
export function size(fallback: string) {
  return sizeInBytes().prefault(fallback)
}

export function optionalSize() {
  return sizeInBytes().optional()
}

function sizeInBytes() {
  return z.union([z.string(), z.number()], { error: sizeExpected }).transform((written, context) => {
    const bytes = typeof written === 'number' ? written : bytesOf(written)
    if (bytes !== undefined && Number.isSafeInteger(bytes) && bytes >= 0) return bytes
    context.addIssue({ code: 'custom', message: sizeExpected })
    return z.NEVER
  })
}

const sizeExpected = 'a size like "500KB" or "50MiB"'

function bytesOf(written: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i.exec(written)
  if (match === null) return undefined
  const power = ' kmgtp'.indexOf(match[2] === '' ? ' ' : (match[2] ?? ' ').toLowerCase())
  return Math.floor(Number(match[1]) * 1024 ** power)
}
