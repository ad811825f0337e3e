import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { answersChallenge } from '../pkce/index.ts'
import {
  refreshSession,
  type SessionResponse,
  sessionResponse,
  sessionTransaction,
  startSession,
} from '../sessions/index.ts'
import { isBanned, lockUser } from '../users/index.ts'
import { type Client, findClient, provesClient } from './clients.ts'
import { profileClaims } from './user-info.ts'

export interface ClientProof {
  readonly id: string
  readonly secret: string
  /** By which of the registered methods it was brought. */
  readonly method: string
}

/** The client that asks, or OAuth's error for one that does not prove itself. */
export async function requireClient({ db }: AuthContext, proof: ClientProof): Promise<Client> {
  const client = proof.id === '' ? undefined : await findClient(db, proof.id)
  if (client && provesClient(client, proof.method, proof.secret)) return client
  throw oauth('invalid_client', 'invalid client credentials', 401)
}

/** Answers a request for tokens of a client that has proven itself. */
export async function grantTokens(ctx: AuthContext, client: Client, form: URLSearchParams, device: ClientInfo) {
  const grant = form.get('grant_type') ?? ''
  if (grant === '') throw oauth('invalid_request', 'grant_type is required')
  if (!client.grant_types.split(',').includes(grant)) {
    throw oauth('unsupported_grant_type', `Client is not allowed to use grant type: ${grant.slice(0, 100)}`)
  }
  if (grant === 'authorization_code') return await redeem(ctx, client, form, device)
  const token = form.get('refresh_token') ?? ''
  if (token === '') throw oauth('invalid_request', 'refresh_token is required for refresh_token grant')
  try {
    return tokensOf(await refreshSession(ctx, token, device, client.id))
  } catch (error) {
    if (error instanceof AuthError && error.status < 500) throw oauth('invalid_grant', error.message)
    throw error
  }
}

/** Trades a code for tokens, once, with the client that it was made for. */
async function redeem(ctx: AuthContext, client: Client, form: URLSearchParams, device: ClientInfo) {
  const code = form.get('code') ?? ''
  if (code === '') throw oauth('invalid_request', 'code is required for authorization_code grant')
  const now = ctx.clock()
  return await sessionTransaction(ctx, async (trx) => {
    const found = await trx
      .selectFrom('auth.oauth_authorizations')
      .selectAll()
      .where('authorization_code', '=', code)
      .where('status', '=', 'approved')
      .forUpdate()
      .executeTakeFirst()
    if (found?.client_id !== client.id || !found.user_id) throw oauth('invalid_grant', 'Invalid authorization code')
    if (now > found.expires_at) throw oauth('invalid_grant', 'Authorization code has expired')
    const resource = form.get('resource') ?? ''
    if (resource !== '' && resource !== found.resource) {
      throw oauth('invalid_grant', 'Authorization code resource does not match the resource parameter')
    }
    const redirectUri = form.get('redirect_uri') ?? ''
    if (redirectUri !== '' && redirectUri !== found.redirect_uri) throw oauth('invalid_grant', 'Invalid redirect_uri')
    const challenge = { challenge: found.code_challenge ?? '', method: found.code_challenge_method ?? 's256' }
    if (!answersChallenge(challenge, form.get('code_verifier') ?? '')) {
      throw oauth('invalid_grant', 'PKCE verification failed: invalid code verifier')
    }
    const user = await lockUser(trx, found.user_id)
    if (!user) throw oauth('invalid_grant', 'User not found for authorization code')
    if (isBanned(user.banned_until, now)) throw oauth('access_denied', 'User is banned')
    await trx.deleteFrom('auth.oauth_authorizations').where('id', '=', found.id).execute()
    const traits = { provider_type: 'oauth_provider_authorization_code', client_id: client.id }
    await recordEvent(trx, { action: 'login', actor: user, client: device, traits }, now)
    const scopes = found.scope.split(' ')
    const grant = { clientId: client.id, scopes: found.scope }
    const method = 'oauth_provider/authorization_code'
    const session = await startSession(trx, user.id, method, device, now, { grant })
    const response = await sessionResponse(ctx, trx, session, now)
    const idToken = scopes.includes('openid') && {
      id_token: await ctx.sign({
        iss: ctx.settings.issuer,
        sub: user.id,
        aud: client.id,
        iat: Math.floor(now.getTime() / 1000),
        exp: Math.floor(now.getTime() / 1000) + 3600,
        auth_time: Math.floor((user.last_sign_in_at ?? now).getTime() / 1000),
        ...(found.nonce && { nonce: found.nonce }),
        ...profileClaims(user, scopes),
      }),
    }
    return { ...tokensOf(response), ...idToken }
  })
}

function tokensOf({ access_token, token_type, expires_in, refresh_token }: SessionResponse) {
  return { access_token, token_type, expires_in, refresh_token }
}

function oauth(error: string, description: string, status = 400): AuthError {
  return new AuthError(status, 'validation_failed', description, { oauth: error })
}
