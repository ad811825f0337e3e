import type { Caller } from '#database'
import type { Asker } from '../database/index.ts'
import { StorageError } from '../errors/index.ts'
import { assertBucketName, assertObjectName } from '../names.ts'
import type { Stores } from '../stores.ts'
import { authenticate, authenticateForm, type S3Keys } from './authenticate.ts'
import { commandOf } from './command-of.ts'
import { postObject } from './commands/index.ts'
import { errorAnswer } from './error-answer.ts'
import { readPayload } from './payload.ts'
import { isPostForm, readPostForm } from './post-form.ts'
import type { S3Request } from './s3-request.ts'

export interface S3Options {
  readonly stores: Stores
  readonly keys: S3Keys
  readonly region: string
  readonly verify: (token: string) => Promise<Caller>
  /** `[storage] file_size_limit`, in bytes. */
  readonly fileSizeLimit: number
  /** Turns whatever was thrown into an error of the Storage API, and logs what is not for the client. */
  readonly tellError: (error: unknown) => StorageError
}

/** Answers a request of the S3 protocol, whose path begins with `/s3`. */
export async function serveS3(
  request: Request,
  body: AsyncIterable<Uint8Array>,
  options: S3Options,
): Promise<Response> {
  const { keys, verify, tellError } = options
  const url = new URL(request.url)
  let resource = ''
  try {
    const address = addressIn(url.pathname)
    const { bucket, name } = address
    resource = [bucket, name].filter(Boolean).join('/')
    if (bucket !== '' && name === '' && isPostForm(request, url.searchParams)) {
      return await servePostForm(request, body, bucket, options)
    }
    const { caller, signature, secret } = await authenticate(request, keys, verify)
    const payload = readPayload(request.headers, body, signature, secret)
    const asked = s3Request(request, options, caller, { ...address, headers: request.headers, payload })
    return await commandOf(asked)(asked)
  } catch (error) {
    return errorAnswer(tellError(error), request.method, resource)
  }
}

async function servePostForm(
  request: Request,
  body: AsyncIterable<Uint8Array>,
  bucket: string,
  options: S3Options,
): Promise<Response> {
  const form = await readPostForm(request.headers, body, bucket)
  try {
    const caller = await authenticateForm(form, options.keys, options.verify)
    return await postObject(s3Request(request, options, caller, { bucket, ...form }), form)
  } catch (error) {
    form.discard()
    throw error
  }
}

function s3Request(
  raw: Request,
  { stores, fileSizeLimit, region }: S3Options,
  caller: Caller,
  { bucket, name, headers, payload }: Pick<S3Request, 'bucket' | 'name' | 'headers' | 'payload'>,
): S3Request {
  const { pathname, searchParams } = new URL(raw.url)
  const information = { method: raw.method, path: pathname, headers: safeHeaders(raw.headers) }
  return {
    ...{ stores, raw, region, bucket, name, headers, payload },
    projectLimit: fileSizeLimit,
    method: raw.method,
    query: searchParams,
    owner: typeof caller.claims.sub === 'string' ? caller.claims.sub : undefined,
    as: (operation): Asker => ({ caller, request: information, operation }),
  }
}

function addressIn(pathname: string): { bucket: string; name: string } {
  let path: string
  try {
    path = decodeURIComponent(pathname)
  } catch (cause) {
    throw new StorageError('InvalidKey', { message: 'Invalid key', cause })
  }
  const [, bucket = '', name = ''] = /^\/s3(?:\/([^/]*)(?:\/(.*))?)?$/s.exec(path) ?? []
  if (bucket !== '') assertBucketName(bucket)
  if (name !== '') assertObjectName(name)
  return { bucket, name }
}

/** A policy may look at the headers; a signature is a secret. */
function safeHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    [...headers].filter(([name]) => name !== 'authorization' && name !== 'x-amz-security-token'),
  )
}
