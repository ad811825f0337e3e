import type { AuthContext } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import { customClaims } from '../hooks/index.ts'
import type { AccessTokenClaims } from '../tokens/index.ts'
import { type PresentedUser, presentUser } from '../users/index.ts'
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

/** Signs an access token for a session. The hook that may change its claims is asked within the transaction. */
export async function sessionResponse(
  ctx: Pick<AuthContext, 'settings' | 'sign' | 'hooks'>,
  trx: AuthDatabase,
  session: StartedSession,
  now: Date,
): Promise<SessionResponse> {
  const { settings, sign } = ctx
  const { user, assurance } = session
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
    ...assurance,
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
