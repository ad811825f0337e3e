import type { z } from 'zod'
import { readStream } from '#bodies'
import { AuthError } from '../auth-error.ts'
import { isJsonObject } from '../json.ts'

/** GoTrue's limit, in bytes. */
const maximumBytes = 1024 * 1024

/** Postgres and JSON.stringify follow nested values on their stacks. */
const maximumDepth = 64

/**
 * Reads a JSON body of the wanted shape. A null counts as absent, and unknown fields are dropped, as in GoTrue.
 *
 * @example const { email } = await readBody(request, z.object({ email: text }))
 */
export async function readBody<T extends z.ZodType>(request: Request, shape: T): Promise<z.output<T>> {
  return parseBody(await readText(request), shape)
}

/** As `readBody`, for a body that may be missing altogether. */
export async function readOptionalBody<T extends z.ZodType>(request: Request, shape: T): Promise<z.output<T>> {
  const text = await readText(request)
  return parseBody(text === '' ? '{}' : text, shape)
}

function parseBody<T extends z.ZodType>(text: string, shape: T): z.output<T> {
  const parsed = shape.safeParse(storable(parseJson(text) ?? {}, 0))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue?.path.length ? `field ${issue.path.join('.')}` : 'the body'
  throw badJson(`${where} has the wrong type`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw badJson(text === '' ? 'unexpected end of JSON input' : 'invalid syntax')
  }
}

/**
 * The value as Postgres can store it: halves of surrogate pairs are replaced, as Go does, and NUL is refused.
 * Objects are rebuilt from entries, so that a key like `__proto__` is a key and nothing else.
 */
function storable(value: unknown, depth: number): unknown {
  if (depth > maximumDepth) throw badJson(`nested deeper than ${maximumDepth} levels`)
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return value.map((part) => storable(part, depth + 1))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [storableText(key), storable(part, depth + 1)]))
}

function storableText(text: string): string {
  if (text.includes('\0')) throw new AuthError(400, 'validation_failed', 'The NUL character is not allowed in text')
  return text.toWellFormed()
}

/** The body as text, refused when it is too large. */
export async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > maximumBytes) throw tooLarge()
  return (await readStream(request.body, maximumBytes, tooLarge)).toString()
}

function badJson(reason: string): AuthError {
  return new AuthError(400, 'bad_json', `Could not parse request body as JSON: ${reason}`)
}

function tooLarge(): AuthError {
  const message = `Request body too large (max ${maximumBytes} bytes)`
  return new AuthError(413, 'request_entity_too_large', message)
}
