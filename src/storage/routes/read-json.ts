import type { Context } from 'hono'
import { z } from 'zod'
import { StorageError } from '../errors/index.ts'
import { inSchemaWords, isMediaType, parseCoerced } from '../validation/index.ts'
import { bodyOf } from './environment.ts'

const longestBody = 1024 * 1024

/**
 * The JSON body of a request. Throws InvalidContentType for a type that is none, InvalidBody for what is not JSON,
 * InvalidSchema where it is not as the schema says. Of another type than JSON's it is read as nothing, as on Supabase.
 */
export async function readJson<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const text = await readText(bodyOf(c))
  return check('body', schema, isJson(c.req.header('content-type'), text) ? parse(text) : undefined)
}

/** What the routes that serve an object read of a query: whether it is to be saved, and under which name. */
export const servingQuery = z.object({ download: z.string().optional() })

export const signedQuery = servingQuery.extend({ token: z.string() })

/** The query of a request; a name that stands there twice is a list. */
export function readQuery<T>(c: Context, schema: z.ZodType<T>): T {
  const entries = Object.entries(c.req.queries()).map(([name, values]) => [
    name,
    values.length === 1 ? values[0] : values,
  ])
  return check('querystring', schema, Object.fromEntries(entries))
}

function check<T>(where: string, schema: z.ZodType<T>, value: unknown): T {
  const { success, data, error } = parseCoerced(schema, value)
  if (success) return data
  throw new StorageError('InvalidSchema', { message: inSchemaWords(where, error.issues) })
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > longestBody) throw new StorageError('BodyTooLarge')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function isJson(contentType: string | undefined, text: string): boolean {
  if (contentType === undefined) return false
  if (text !== '' && !isMediaType(contentType)) throw new StorageError('InvalidContentType')
  const [type = ''] = contentType.split(';')
  return type.trim().toLowerCase() === 'application/json'
}

function parse(text: string): unknown {
  if (text === '') {
    throw new StorageError('InvalidBody', {
      message: "Body cannot be empty when content-type is set to 'application/json'",
    })
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw new StorageError('InvalidBody', { cause })
  }
}
