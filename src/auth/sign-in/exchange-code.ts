import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { redeemCode } from '../pkce/index.ts'
import {
  type SessionResponse,
  type SignInMethod,
  sessionResponse,
  sessionTransaction,
  startSession,
} from '../sessions/index.ts'
import { isBanned, lockUser } from '../users/index.ts'

/** A session, with the tokens of the provider that the user came by, if any. */
export type CodeResponse = SessionResponse & {
  readonly provider_token?: string
  readonly provider_refresh_token?: string
}

/** Signs in whoever brings the code that a link led to, and the verifier that only the client that asked for it has. */
export async function exchangeCode(
  ctx: AuthContext,
  { code, verifier }: { readonly code: string; readonly verifier: string },
  client: ClientInfo,
): Promise<CodeResponse> {
  if (code === '' || verifier === '') {
    const message = 'invalid request: both auth code and code verifier should be non-empty'
    throw new AuthError(400, 'validation_failed', message)
  }
  const now = ctx.clock()
  return await sessionTransaction(ctx, async (trx) => {
    const flow = await redeemCode(trx, { code, verifier }, now)
    const user = await lockUser(trx, flow.user_id)
    if (!user) throw new AuthError(404, 'user_not_found', 'User not found')
    if (isBanned(user.banned_until, now)) throw new AuthError(403, 'user_banned', 'User is banned')
    const traits = { provider_type: flow.provider_type }
    await recordEvent(trx, { action: 'login', actor: user, client, traits }, now)
    const session = await startSession(trx, user.id, flow.authentication_method as SignInMethod, client, now, {
      notAfter: flow.sessionNotAfter,
    })
    const response = await sessionResponse(ctx, trx, session, now)
    return {
      ...response,
      ...(flow.provider_access_token && { provider_token: flow.provider_access_token }),
      ...(flow.provider_refresh_token && { provider_refresh_token: flow.provider_refresh_token }),
    }
  })
}
