import { nobody, recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { failingAs } from '../database/index.ts'
import { announceUser, reportUser } from '../hooks/index.ts'
import type { JsonObject } from '../json.ts'
import { type SessionResponse, sessionResponse, sessionTransaction, startSession } from '../sessions/index.ts'
import { assertMetadataAllowed, insertUser } from '../users/index.ts'
import { assertSignUpOpen } from './sign-up.ts'

/** Makes an account that only this session can use, until it is given an address. */
export async function signInAnonymously(
  ctx: AuthContext,
  data: JsonObject,
  client: ClientInfo,
): Promise<SessionResponse> {
  if (!ctx.settings.anonymousSignIn) {
    throw new AuthError(422, 'anonymous_provider_disabled', 'Anonymous sign-ins are disabled')
  }
  assertSignUpOpen(ctx.settings)
  assertMetadataAllowed(data)
  const now = ctx.clock()
  const id = await announceUser(ctx, { provider: 'anonymous', userMetadata: data }, client)
  const signedIn = sessionTransaction(ctx, async (trx) => {
    const account = { id, passwordHash: '', appMetadata: {}, userMetadata: data, isAnonymous: true }
    const userId = await insertUser(trx, account, now)
    const actor = { ...nobody, id: userId, email: '', raw_user_meta_data: data }
    await recordEvent(trx, { action: 'login', actor, client, traits: { provider: 'anonymous' } }, now)
    const session = await startSession(trx, userId, 'anonymous', client, now)
    return await sessionResponse(ctx, trx, session, now)
  })
  const response = await failingAs('Database error creating anonymous user', signedIn)
  await reportUser(ctx, response.user, client)
  return response
}
