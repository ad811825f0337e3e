import type { SignedIn } from '../account/index.ts'
import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { isUniqueViolation } from '../database/index.ts'
import type { JsonObject } from '../json.ts'
import { lockUser } from '../users/index.ts'
import { readRegistration, registrationOptions } from '../webauthn/index.ts'
import { openChallenge, spendChallenge } from './challenges.ts'
import { credentialOf, findPasskeys, insertPasskey, presentPasskey } from './passkey-table.ts'

/** Passkeys of one user, as GoTrue allows by default. */
const maximum = 10

/** Begins to add a passkey to an account. */
export async function beginRegistration(ctx: AuthContext, { user, session }: SignedIn) {
  assertManageable({ user, session })
  const known = await findPasskeys(ctx.db, user.id)
  if (known.length >= maximum) throw tooMany()
  const of = { purpose: 'passkey', known: known.map((passkey) => credentialOf(passkey).id) } as const
  const options = await registrationOptions(ctx.settings.relyingParty, user, of)
  const kept = { ceremony: 'registration', userId: user.id, challenge: options.challenge } as const
  const { id, expiresAt } = await openChallenge(ctx.db, kept, ctx.clock())
  return { challenge_id: id, options, expires_at: Math.floor(expiresAt.getTime() / 1000) }
}

/** Adds the passkey that an authenticator made. */
export async function finishRegistration(
  ctx: AuthContext,
  { user, session }: SignedIn,
  { challengeId, response }: { readonly challengeId: string; readonly response: JsonObject },
  client: ClientInfo,
) {
  assertManageable({ user, session })
  const now = ctx.clock()
  const of = { ceremony: 'registration', userId: user.id, id: challengeId } as const
  const challenge = await spendChallenge(ctx.db, of, now)
  const credential = await readRegistration(ctx.settings.relyingParty, response, challenge)
  if (!credential) throw new AuthError(400, 'webauthn_verification_failed', 'Credential verification failed')
  const registered = ctx.db.transaction().execute(async (trx) => {
    await lockUser(trx, user.id)
    if ((await findPasskeys(trx, user.id)).length >= maximum) throw tooMany()
    const passkey = await insertPasskey(trx, { userId: user.id, credential, name: '' }, now)
    const traits = { passkey_id: passkey.id }
    await recordEvent(trx, { action: 'passkey_created', actor: user, client, traits }, now)
    return passkey
  })
  const passkey = await registered.catch((error: unknown) => {
    if (!isUniqueViolation(error, 'webauthn_credentials_credential_id_key')) throw error
    throw new AuthError(422, 'webauthn_credential_exists', 'This credential is already registered')
  })
  return presentPasskey(passkey)
}

/** Throws for accounts that another service manages, and for sessions that are not sure enough. */
export function assertManageable({ user, session }: Pick<SignedIn, 'user' | 'session'>): void {
  if (user.is_sso_user) throw new AuthError(422, 'validation_failed', 'SSO users cannot register passkeys')
  if (session?.aal === 'aal2' || !user.factors.some(({ status }) => status === 'verified')) return
  const message = 'AAL2 session is required to manage passkeys when MFA is enabled'
  throw new AuthError(403, 'insufficient_aal', message)
}

function tooMany(): AuthError {
  return new AuthError(422, 'too_many_passkeys', 'Maximum number of passkeys reached')
}
