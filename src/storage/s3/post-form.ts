import { StorageError } from '../errors/index.ts'
import { assertObjectName } from '../names.ts'
import { type Form, readForm } from '../receiving/index.ts'
import type { Payload } from './payload.ts'
import { assertAllowedBy, type SizeRange } from './post-policy.ts'
import { readFormSignature, type Signature } from './signature.ts'

/** Held before anyone is known to have signed it; S3 takes 20 KB of fields in all. */
const limits = { mostFields: 40, longestField: 20 * 1024 }
const answers = [200, 201, 204] as const

/** An upload as a browser's form sends it, whose signature is still to be verified. */
export interface PostForm {
  readonly signature: Signature
  /** What is signed: the policy, in base64. */
  readonly policy: string
  /** The object's name. */
  readonly name: string
  /** The fields that say of the object what headers say in other uploads. */
  readonly headers: Headers
  readonly payload: Payload
  /** The status that it asks to be answered with. */
  readonly answer: 200 | 201 | 204
  complete(): Promise<void>
  discard(): void
}

/** Whether a request is such a form: it has its signature in a field. */
export function isPostForm({ method, headers }: Request, query: URLSearchParams): boolean {
  const isForm = /^multipart\/form-data/i.test(headers.get('content-type') ?? '')
  return method === 'POST' && isForm && !headers.has('authorization') && !query.has('X-Amz-Credential')
}

/**
 * Reads a form as far as its file, and what its policy says of it.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
 */
export async function readPostForm(
  headers: Headers,
  body: AsyncIterable<Uint8Array>,
  bucket: string,
): Promise<PostForm> {
  const form = await readForm(headers, body, limits)
  try {
    const fields = lowerCased(form)
    const signature = readFormSignature(fields)
    const policy = fields.get('policy') ?? ''
    const size = assertAllowedBy(policy, new Map([...fields, ['bucket', bucket]]))
    const name = (fields.get('key') ?? '').replaceAll(`\${filename}`, form.fileName.replace(/^.*[/\\]/s, ''))
    assertObjectName(name)
    return {
      ...{ signature, policy, name, headers: objectHeaders(fields, form.mimeType) },
      answer: answers.find((status) => String(status) === fields.get('success_action_status')) ?? 200,
      payload: { body: within(size, form.file), size: undefined },
      complete: form.complete,
      discard: form.discard,
    }
  } catch (error) {
    form.discard()
    throw error
  }
}

function lowerCased({ fields }: Form): ReadonlyMap<string, string> {
  if ([...fields.values()].some((value) => Buffer.byteLength(value) > limits.longestField)) {
    const message = 'Your POST request fields preceding the upload file were too large.'
    throw new StorageError('InvalidRequest', { message })
  }
  const lower = new Map([...fields].map(([name, value]) => [name.toLowerCase(), value]))
  if (lower.size === fields.size) return lower
  throw new StorageError('InvalidSignature', { message: 'A field is in the form twice' })
}

function objectHeaders(fields: ReadonlyMap<string, string>, mimeType: string): Headers {
  const headers = new Headers({ 'content-type': mimeType })
  for (const [name, value] of fields) {
    const says = name === 'content-type' || name === 'cache-control' || name.startsWith('x-amz-meta-')
    if (!says) continue
    try {
      headers.set(name, value)
    } catch (cause) {
      throw new StorageError('InvalidRequest', { message: `The field ${name} is no header`, cause })
    }
  }
  return headers
}

async function* within({ least, most }: SizeRange, body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > most) throw new StorageError('EntityTooLarge')
    yield chunk
  }
  if (size < least) throw new StorageError('EntityTooSmall')
}
