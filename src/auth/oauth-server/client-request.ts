import { z } from 'zod'
import { AuthError } from '../auth-error.ts'

const authMethods = ['none', 'client_secret_basic', 'client_secret_post'] as const

/** How a client proves who it is when it asks for tokens. */
export type AuthMethod = (typeof authMethods)[number]

const list = z.array(z.string()).nullish()
const line = z.string().nullish()

/** What a registration, or a change of one, may say (RFC 7591). */
export const clientBody = z.object({
  redirect_uris: list,
  grant_types: list,
  client_name: line,
  client_uri: line,
  logo_uri: line,
  client_type: line,
  token_endpoint_auth_method: line,
})

export type ClientRequest = z.output<typeof clientBody>

/** Throws GoTrue's error for what no client may be (internal/api/oauthserver/service.go). */
export function assertClient(request: ClientRequest): void {
  if (request.redirect_uris) assertRedirects(request.redirect_uris)
  if (request.grant_types) assertGrants(request.grant_types)
  if ((request.client_name ?? '').length > 1024) throw invalid('client_name cannot exceed 1024 characters')
  for (const field of ['client_uri', 'logo_uri'] as const) {
    const uri = request[field]
    if (!uri) continue
    if (uri.length > 2048) throw invalid(`${field} cannot exceed 2048 characters`)
    // Both are shown on the page that asks for consent.
    if (!/^https?:\/\//i.test(uri) || !URL.canParse(uri)) throw invalid(`${field} must be a valid URL`)
  }
}

/** The kind of client and its method, which must fit. Confidential and with the basic scheme where nothing is said. */
export function kindOf(request: ClientRequest): {
  readonly type: 'public' | 'confidential'
  readonly method: AuthMethod
} {
  const { client_type: type, token_endpoint_auth_method: method } = request
  if (type && type !== 'public' && type !== 'confidential') {
    throw invalid("client_type must be 'public' or 'confidential'")
  }
  if (method && !isMethod(method)) {
    throw invalid(`token_endpoint_auth_method must be one of: [${authMethods.join(' ')}]`)
  }
  const known = method && isMethod(method) ? method : undefined
  const implied = known === 'none' ? 'public' : 'confidential'
  if (type && known && type !== implied) {
    const rest = `token_endpoint_auth_method '${known}' (expected client_type '${implied}')`
    throw invalid(`client_type '${type}' is inconsistent with ${rest}`)
  }
  const kind = type === 'public' || (!type && implied === 'public') ? 'public' : 'confidential'
  return { type: kind, method: known ?? (kind === 'public' ? 'none' : 'client_secret_basic') }
}

function assertRedirects(uris: readonly string[]): void {
  if (uris.length === 0) throw invalid('redirect_uris is required')
  if (uris.length > 10) throw invalid('redirect_uris cannot exceed 10 items')
  for (const uri of uris) {
    const mistake = mistakeIn(uri)
    if (mistake) throw invalid(`invalid redirect_uri '${uri.slice(0, 200)}': ${mistake}`)
  }
}

const dangerous = new Set(['javascript:', 'data:', 'file:', 'vbscript:', 'about:', 'blob:'])

function mistakeIn(uri: string): string | undefined {
  if (uri === '') return 'redirect URI cannot be empty'
  // They are stored in one line, separated by commas.
  if (uri.length > 2048 || uri.includes(',') || !URL.canParse(uri)) return 'invalid URL format'
  const { protocol, host, hostname, hash } = new URL(uri)
  if (dangerous.has(protocol)) return `scheme '${protocol.slice(0, -1)}' is not allowed for security reasons`
  if (host === '') return 'must have scheme and host'
  if (protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname)) {
    return 'HTTP scheme only allowed for localhost'
  }
  return hash === '' && !uri.includes('#') ? undefined : 'fragment not allowed in redirect URI'
}

function assertGrants(grants: readonly string[]): void {
  if (grants.length === 0) throw invalid('grant_types cannot be empty')
  if (grants.every((grant) => grant === 'authorization_code' || grant === 'refresh_token')) return
  throw invalid("grant_types must only contain 'authorization_code' and/or 'refresh_token'")
}

function isMethod(method: string): method is AuthMethod {
  return authMethods.some((known) => known === method)
}

function invalid(message: string): AuthError {
  return new AuthError(400, 'validation_failed', message)
}
