import { z } from 'zod'
import type { Variables } from './environment.ts'
import { isSecret } from './sections/index.ts'
import { isTable } from './toml.ts'

/** Where a value came from, so that a mistake in it can be told. */
export interface Place {
  /** As in the file: `['auth', 'jwt_expiry']`. */
  readonly path: readonly (string | number)[]
  readonly value: unknown
  readonly secret: boolean
  /** The environment variable that the value was taken from. */
  readonly variable: string | undefined
}

export interface Prepared {
  /** What the schema parses: keys in camelCase, variables filled in, strings turned into what is expected. */
  readonly input: unknown
  /** By path in camelCase, joined by `idOf`. */
  readonly places: ReadonlyMap<string, Place>
  /** Keys that no section has, with those that the table around each may have. */
  readonly unknown: readonly { readonly path: readonly (string | number)[]; readonly known: readonly string[] }[]
  /** References to variables that are not set, by path in camelCase. */
  readonly unset: readonly { readonly path: readonly (string | number)[]; readonly variable: string }[]
}

export function idOf(path: readonly PropertyKey[]): string {
  return path.map(String).join('\0')
}

/**
 * Reads tables of TOML with a schema at hand, as Supabase's CLI does:
 * `SUPABASE_AUTH_JWT_EXPIRY` overrides `auth.jwt_expiry`; `env(NAME)` stands for a variable wherever a value may
 * stand; `"8080"` and `"true"` are taken where a number or a boolean is expected.
 */
export function prepare(schema: z.ZodType, tables: unknown, variables: Variables): Prepared {
  const places = new Map<string, Place>()
  const unknown: { path: readonly (string | number)[]; known: readonly string[] }[] = []
  const unset: { path: readonly (string | number)[]; variable: string }[] = []

  type Path = readonly (string | number)[]
  const walk = (wrapped: z.ZodType, raw: unknown, path: Path, filePath: Path): unknown => {
    const { schema: expected, optional, secret } = unwrap(wrapped)
    const note = (variable?: string, value = raw) => places.set(idOf(path), { path: filePath, value, secret, variable })
    note()

    if (expected instanceof z.ZodObject) {
      if (raw === undefined && optional) return undefined
      if (raw !== undefined && !isTable(raw)) return raw
      const shape = expected.shape as Readonly<Record<string, z.ZodType>>
      const names = new Map(Object.keys(shape).map((key) => [snakeCase(key), key]))
      for (const key of Object.keys(raw ?? {})) {
        if (!names.has(key)) unknown.push({ path: [...filePath, key], known: [...names.keys()] })
      }
      return Object.fromEntries(
        Array.from(names, ([name, key]) => {
          const value = walk(shape[key] as z.ZodType, raw?.[name], [...path, key], [...filePath, name])
          return [key, value] as const
        }).filter(([, value]) => value !== undefined),
      )
    }
    if (expected instanceof z.ZodRecord) {
      if (!isTable(raw)) return raw
      return Object.fromEntries(
        Object.entries(raw)
          .map(([key, value]) => {
            return [key, walk(expected.valueType as z.ZodType, value, [...path, key], [...filePath, key])] as const
          })
          .filter(([, value]) => value !== undefined),
      )
    }

    const override = `SUPABASE_${filePath.join('_').toUpperCase()}`
    const overriding = variables[override] || undefined
    if (overriding !== undefined) note(override, overriding)
    const value = overriding ?? raw
    if (expected instanceof z.ZodArray) {
      const list = typeof value === 'string' && !isReference(value) ? splitList(value) : value
      if (!Array.isArray(list)) return resolve(list, path)
      return list
        .map((item, index) => walk(expected.element as z.ZodType, item, [...path, index], [...filePath, index]))
        .filter((item) => item !== undefined)
    }
    const resolved = coerce(expected, resolve(value, path))
    return resolved === '' && optional ? undefined : resolved
  }

  const resolve = (value: unknown, path: Path): unknown => {
    const variable = referenceIn(value)
    if (variable === undefined) return value
    const found = variables[variable]
    if (found === undefined || found === '') {
      unset.push({ path, variable })
      return undefined
    }
    const place = places.get(idOf(path))
    if (place !== undefined) places.set(idOf(path), { ...place, value: found, variable })
    return found
  }

  return { input: walk(schema, tables, [], []), places, unknown, unset }
}

function referenceIn(value: unknown): string | undefined {
  return typeof value === 'string' ? /^env\((.*)\)$/.exec(value)?.[1] : undefined
}

function isReference(value: string): boolean {
  return referenceIn(value) !== undefined
}

function splitList(value: string): string[] {
  return value === '' ? [] : value.split(',')
}

const truths: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['1', 't', 'T', 'TRUE', 'true', 'True'].map((word) => [word, true])),
  ...Object.fromEntries(['0', 'f', 'F', 'FALSE', 'false', 'False'].map((word) => [word, false])),
}

function coerce(expected: z.ZodType, value: unknown): unknown {
  if (expected instanceof z.ZodBoolean && typeof value === 'string') return truths[value] ?? value
  if (expected instanceof z.ZodNumber && typeof value === 'string') return /^-?\d+$/.test(value) ? Number(value) : value
  if (expected instanceof z.ZodString && (typeof value === 'number' || typeof value === 'boolean')) return String(value)
  return value
}

/** The schema under defaults, options and transformations. */
function unwrap(schema: z.ZodType): { schema: z.ZodType; optional: boolean; secret: boolean } {
  let current = schema
  let optional = false
  let secret = isSecret(current)
  while (true) {
    if (current instanceof z.ZodOptional) optional = true
    if (current instanceof z.ZodOptional || current instanceof z.ZodDefault || current instanceof z.ZodPrefault) {
      current = current.unwrap() as z.ZodType
    } else if (current instanceof z.ZodPipe) {
      current = current.in as z.ZodType
    } else {
      return { schema: current, optional, secret }
    }
    secret ||= isSecret(current)
  }
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
