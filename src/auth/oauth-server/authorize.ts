import { randomUUID } from 'node:crypto'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { readChallenge } from '../pkce/index.ts'
import { randomText } from '../random.ts'
import { findClient } from './clients.ts'

/** What clients may ask to know. */
export const supportedScopes = ['openid', 'email', 'profile', 'phone']

/** Milliseconds in which a user has to decide, and then a client to redeem its code. */
const lifetime = 600_000

/**
 * Begins an authorization, and answers where the browser goes: to the project's own page for consent, or back to the
 * client with an error. Throws where it is not sure that the address is the client's: nobody is sent there.
 */
export async function beginAuthorization(ctx: AuthContext, query: URLSearchParams): Promise<URL> {
  const text = (name: string) => query.get(name) ?? ''
  const redirectUri = text('redirect_uri')
  if (text('client_id') === '') throw invalid('client_id is required')
  if (redirectUri === '') throw invalid('redirect_uri is required')
  const client = await findClient(ctx.db, text('client_id'))
  if (!client) throw new AuthError(400, 'oauth_client_not_found', 'invalid client_id')
  if (!client.redirect_uris.split(',').includes(redirectUri)) throw invalid('invalid redirect_uri')

  try {
    const request = readRequest(ctx, query)
    const id = randomText(32)
    const now = ctx.clock()
    await ctx.db
      .insertInto('auth.oauth_authorizations')
      .values({
        id: randomUUID(),
        authorization_id: id,
        client_id: client.id,
        redirect_uri: redirectUri,
        response_type: 'code',
        status: 'pending',
        ...request,
        created_at: now,
        expires_at: new Date(now.getTime() + lifetime),
      })
      .execute()
    const page = new URL(
      ctx.settings.oauthServer.consentPath.replace(/^\/*/, ''),
      `${ctx.settings.siteUrl.replace(/\/+$/, '')}/`,
    )
    page.searchParams.set('authorization_id', id)
    return page
  } catch (error) {
    if (!(error instanceof AuthError)) throw error
    return refusal(redirectUri, 'invalid_request', error.message, text('state'))
  }
}

/** Where a client is told that it gets nothing. */
export function refusal(redirectUri: string, error: string, description: string, state: string): URL {
  const url = new URL(redirectUri)
  url.searchParams.set('error', error)
  url.searchParams.set('error_description', description)
  if (state !== '') url.searchParams.set('state', state)
  return url
}

function readRequest(ctx: AuthContext, query: URLSearchParams) {
  const text = (name: string, longest: number) => {
    const value = query.get(name) ?? ''
    if (value.length > longest) throw invalid(`${name} is too long`)
    return value
  }
  if (![null, '', 'code'].includes(query.get('response_type'))) throw invalid('only response_type=code is supported')
  const scope = text('scope', 4096) || 'email'
  const scopes = scope.split(' ').filter((part) => part !== '')
  const unknown = scopes.find((part) => !supportedScopes.includes(part))
  if (unknown !== undefined) throw invalid(`unsupported scope: ${unknown}`)
  if (scopes.includes('openid') && !ctx.ring.keys.some((key) => key.signs && key.publicJwk)) {
    throw invalid('the scope openid needs an asymmetric signing key')
  }
  const challenge = readChallenge(text('code_challenge', 128), text('code_challenge_method', 10))
  if (!challenge) throw invalid('PKCE flow requires both code_challenge and code_challenge_method')
  return {
    scope: scopes.join(' '),
    state: text('state', 4096) || null,
    resource: readResource(text('resource', 2048)),
    code_challenge: challenge.challenge,
    code_challenge_method: challenge.method,
    nonce: text('nonce', 255) || null,
  }
}

/** See RFC 8707, section 2. */
function readResource(resource: string): string | null {
  if (resource === '') return null
  if (!URL.canParse(resource)) throw invalid('resource must be an absolute URI')
  const { hash, search } = new URL(resource)
  if (hash !== '' || search !== '') throw invalid('resource must not include a query or fragment component')
  return resource
}

function invalid(message: string): AuthError {
  return new AuthError(400, 'validation_failed', message)
}
