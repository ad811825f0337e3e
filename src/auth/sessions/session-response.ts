import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import { customClaims } from '../hooks/index.ts'
import type { AccessTokenClaims, AuthenticationMethod } from '../tokens/index.ts'
import { findUserById, type PresentedUser, presentUser } from '../users/index.ts'
import type { StartedSession } from './start-session.ts'

/** What every way of signing in answers. `expires_in` and `expires_at` are seconds. */
export interface SessionResponse {
  readonly access_token: string
  readonly token_type: 'bearer'
  readonly expires_in: number
  readonly expires_at: number
  readonly refresh_token: string
  readonly user: PresentedUser
}

/** Signs an access token for a session, over the user as the transaction sees it now. */
export async function sessionResponse(
  ctx: Pick<AuthContext, 'settings' | 'sign' | 'hooks'>,
  trx: AuthDatabase,
  userId: string,
  session: StartedSession,
  now: Date,
): Promise<SessionResponse> {
  const { settings, sign } = ctx
  const user = await findUserById(trx, userId)
  if (!user) throw new AuthError(403, 'user_not_found', 'User not found')
  const { aal, amr } = await readAssurance(trx, session.id)
  const issuedAt = Math.floor(now.getTime() / 1000)
  const expiresAt = issuedAt + settings.jwtExpiry
  const claims = {
    iss: settings.issuer,
    sub: user.id,
    aud: user.aud ?? '',
    exp: expiresAt,
    iat: issuedAt,
    email: user.email ?? '',
    phone: user.phone ?? '',
    app_metadata: user.raw_app_meta_data ?? {},
    user_metadata: user.raw_user_meta_data ?? {},
    role: user.role ?? '',
    aal,
    amr,
    session_id: session.id,
    is_anonymous: user.is_anonymous,
    ...(session.grant && { client_id: session.grant.clientId, scope: session.grant.scopes }),
  } satisfies AccessTokenClaims
  const token = await sign(await customClaims(ctx, trx, claims, session))
  return {
    access_token: token,
    token_type: 'bearer',
    expires_in: settings.jwtExpiry,
    expires_at: expiresAt,
    refresh_token: session.refreshToken,
    user: presentUser(user),
  }
}

/** Ways of signing in that prove possession of a second factor. */
const secondFactors = new Set(['totp', 'mfa/phone', 'mfa/webauthn'])

async function readAssurance(
  trx: AuthDatabase,
  sessionId: string,
): Promise<{ readonly aal: 'aal1' | 'aal2'; readonly amr: readonly AuthenticationMethod[] }> {
  const claims = await trx
    .selectFrom('auth.mfa_amr_claims')
    .select(['authentication_method as method', 'updated_at'])
    .where('session_id', '=', sessionId)
    .orderBy('updated_at', 'desc')
    .execute()
  return {
    aal: claims.some((claim) => secondFactors.has(claim.method)) ? 'aal2' : 'aal1',
    amr: claims.map(({ method, updated_at }) => ({ method, timestamp: Math.floor(updated_at.getTime() / 1000) })),
  }
}
