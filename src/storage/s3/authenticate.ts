import type { Caller } from '#database'
import { errorMessage } from '#errors'
import { StorageError } from '../errors/index.ts'
import type { PostForm } from './post-form.ts'
import { assertOfNow, readSignature, type Signature } from './signature.ts'
import { assertHeadersSigned, isSignedWith, isTextSignedWith, type SignedRequest } from './verify-signature.ts'

/** Keys of the S3 protocol. */
export interface S3Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** The token that the pair stands for: the service role's. */
  readonly token: string
  /** What a client signs with that brings a user's token as its session token: the keys that every client has. */
  readonly publicKeys: readonly string[]
}

export interface Authenticated {
  readonly caller: Caller
  readonly signature: Signature
  /** What the request was signed with; its chunks are signed with it as well. */
  readonly secret: string
}

/** Where clients find this service; the path that they sign begins with it. */
const mount = '/storage/v1'

/**
 * Who asks. With the access key it is the service role; with a session token, the user of that token, under
 * row-level security.
 */
export async function authenticate(
  request: Request,
  keys: S3Keys,
  verify: (token: string) => Promise<Caller>,
): Promise<Authenticated> {
  const url = new URL(request.url)
  const signature = readSignature(request.headers, url.searchParams)
  assertOfNow(signature)
  assertHeadersSigned(signature, request.headers)
  const forms = signedForms(request, url)
  const secret = secretOf(signature, keys, (secret) => forms.some((form) => isSignedWith(secret, signature, form)))
  return { caller: await callerOf(signature, keys, verify), signature, secret }
}

/** Who signed the policy of a form. */
export async function authenticateForm(
  { signature, policy }: PostForm,
  keys: S3Keys,
  verify: (token: string) => Promise<Caller>,
): Promise<Caller> {
  secretOf(signature, keys, (secret) => isTextSignedWith(secret, signature, policy))
  return await callerOf(signature, keys, verify)
}

async function callerOf(
  { sessionToken }: Signature,
  { token }: S3Keys,
  verify: (token: string) => Promise<Caller>,
): Promise<Caller> {
  try {
    return await verify(sessionToken ?? token)
  } catch (cause) {
    throw new StorageError('AccessDenied', { message: errorMessage(cause), cause })
  }
}

function secretOf(signature: Signature, keys: S3Keys, signed: (secret: string) => boolean): string {
  const isOwn = signature.accessKeyId === keys.accessKeyId
  if (!isOwn && signature.sessionToken === undefined) throw new StorageError('InvalidAccessKeyId')
  const secrets = signature.sessionToken === undefined ? [keys.secretAccessKey] : keys.publicKeys
  const secret = secrets.find(signed)
  if (secret === undefined) throw new StorageError('SignatureDoesNotMatch')
  return secret
}

/** The request as its client may have seen it: straight, or before a proxy that tells which host was asked. */
function signedForms({ method, headers }: Request, url: URL): SignedRequest[] {
  const path = mount + url.pathname
  const query = url.search.slice(1)
  const hosts = new Set([headers.get('host') ?? url.host])
  const forwarded = headers.get('x-forwarded-host')
  if (forwarded) {
    const port = headers.get('x-forwarded-port')
    hosts.add(forwarded)
    if (port && !forwarded.includes(':')) hosts.add(`${forwarded}:${port}`)
  }
  return [...hosts].map((host) => ({ method, path, query, headers, host }))
}
