import type { Context } from 'hono'
import type { z } from 'zod'
import { StorageError } from '../errors/index.ts'
import { parseCoerced } from '../parse-coerced.ts'
import { bodyOf } from './environment.ts'

const longestBody = 1024 * 1024

/** The JSON body of a request; throws InvalidRequest where it is not as the schema says. An absent body is `{}`. */
export async function readJson<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  return check('body', schema, parse(await readText(bodyOf(c))))
}

/** The query of a request. */
export function readQuery<T>(c: Context, schema: z.ZodType<T>): T {
  return check('querystring', schema, c.req.query())
}

function check<T>(where: string, schema: z.ZodType<T>, value: unknown): T {
  const { success, data, error } = parseCoerced(schema, value)
  if (success) return data
  const [issue] = error.issues
  const path = issue?.path ?? []
  const missing = issue?.code === 'invalid_type' && path.length === 1 && !(String(path[0]) in Object(value))
  throw new StorageError('InvalidRequest', {
    message: missing
      ? `${where} must have required property '${String(path[0])}'`
      : `${[where, ...path].join('/')} ${issue?.message ?? 'is not valid'}`,
  })
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > longestBody)
      throw new StorageError('EntityTooLarge', { message: 'Request body is too large', status: 413 })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function parse(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new StorageError('InvalidRequest', { message: 'Body is not valid JSON', cause })
  }
}
