import type { SignedIn } from '../account/index.ts'
import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import type { JsonObject } from '../json.ts'
import { notify } from '../mail/index.ts'
import { isSameText } from '../same-text.ts'
import { raiseSession, type SessionResponse, sessionResponse, sessionTransaction } from '../sessions/index.ts'
import { checksCodes, isCodeOfProvider } from '../sms/index.ts'
import { lockUser } from '../users/index.ts'
import { type Credential, readAuthentication, readRegistration } from '../webauthn/index.ts'
import { assertVerifiable, type Factor, methods, requireFactor } from './factor.ts'
import { type Challenge, findChallenge } from './find-challenge.ts'
import { judgeFactor } from './judge-factor.ts'
import { isTotpCode } from './totp.ts'
import { readCredential, writeCredential } from './web-authn-credential.ts'

export interface FactorProof {
  readonly factorId: string
  readonly challengeId: string
  readonly code: string
  /** What an authenticator answered. */
  readonly webauthn: { readonly type: string; readonly response: JsonObject } | undefined
}

/** Verifies a factor, once for each challenge, and raises the session that asks to level 2. */
export async function verifyFactor(
  ctx: AuthContext,
  { user, session }: SignedIn,
  proof: FactorProof,
  client: ClientInfo,
): Promise<SessionResponse> {
  if (!session) throw new AuthError(403, 'session_not_found', 'A session is required to verify a factor')
  const now = ctx.clock()
  const factor = await requireFactor(ctx.db, user.id, proof.factorId)
  assertVerifiable(ctx, factor.factor_type)
  if (proof.code === '' && factor.factor_type !== 'webauthn') {
    throw new AuthError(400, 'validation_failed', 'Code needs to be non-empty')
  }
  const challenge = await findChallenge(ctx, factor, proof.challengeId, client)
  const proven = await prove(ctx, factor, challenge, proof)
  if (factor.factor_type !== 'webauthn') {
    const attempt = {
      userId: user.id,
      factorId: factor.id,
      factorType: factor.factor_type,
      valid: !('refusal' in proven),
    }
    await judgeFactor(ctx, attempt, client)
  }
  if ('refusal' in proven) throw proven.refusal
  const { credential } = proven
  const response = await sessionTransaction(ctx, async (trx) => {
    await lockUser(trx, user.id)
    await spendChallenge(trx, challenge, now)
    const traits = { factor_id: factor.id, challenge_id: challenge.id, factor_type: factor.factor_type }
    await recordEvent(trx, { action: 'verification_attempted', actor: user, client, traits }, now)
    await trx
      .updateTable('auth.mfa_factors')
      .set({
        status: 'verified',
        updated_at: now,
        ...(credential && { web_authn_credential: writeCredential(credential), web_authn_aaguid: credential.aaguid }),
      })
      .where('id', '=', factor.id)
      .execute()
    await trx
      .deleteFrom('auth.mfa_factors')
      .where('user_id', '=', user.id)
      .where('factor_type', '=', factor.factor_type)
      .where('status', '=', 'unverified')
      .execute()
    const of = { sessionId: session.id, userId: user.id, factorId: factor.id, method: methods[factor.factor_type] }
    const raised = await raiseSession(trx, of, client, now)
    return await sessionResponse(ctx, trx, raised, now)
  })
  if (factor.status === 'unverified') {
    const facts = { FactorType: factor.factor_type }
    await notify(ctx, { kind: 'mfa_factor_enrolled', user, to: user.email ?? '', facts }, client)
  }
  return response
}

/** Whether the challenge was answered well, with the key of an authenticator to be stored, or what is wrong. */
async function prove(
  ctx: AuthContext,
  factor: Factor,
  challenge: Challenge,
  { code, webauthn }: FactorProof,
): Promise<{ readonly credential: Credential | undefined } | { readonly refusal: AuthError }> {
  switch (factor.factor_type) {
    case 'totp':
      if (factor.secret && (await isTotpCode(factor.secret, code, ctx.clock()))) return { credential: undefined }
      return { refusal: new AuthError(422, 'mfa_verification_failed', 'Invalid TOTP code entered') }
    case 'phone':
      if (checksCodes(ctx)) {
        if (await isCodeOfProvider(ctx, factor.phone ?? '', code)) return { credential: undefined }
        return { refusal: new AuthError(403, 'otp_expired', 'Token has expired or is invalid') }
      }
      if (challenge.otp_code && isSameText(challenge.otp_code, code)) return { credential: undefined }
      return { refusal: new AuthError(422, 'mfa_verification_failed', 'Invalid MFA Phone code entered') }
    case 'webauthn':
      return { credential: await proveKey(ctx, factor, challenge, webauthn) }
  }
}

async function proveKey(
  { settings }: AuthContext,
  factor: Factor,
  { web_authn_session_data: kept }: Challenge,
  answer: FactorProof['webauthn'],
): Promise<Credential> {
  if (!answer) throw new AuthError(400, 'validation_failed', 'WebAuthn config required')
  const own = readCredential(factor)
  if (answer.type !== (own ? 'request' : 'create')) {
    throw new AuthError(400, 'validation_failed', 'WebAuthn type must be create or request')
  }
  const challenge = String(kept?.challenge ?? '')
  if (!own) {
    const made = await readRegistration(settings.relyingParty, answer.response, challenge)
    if (made) return made
    throw new AuthError(400, 'validation_failed', 'Invalid credential_response')
  }
  const signCount = await readAuthentication(settings.relyingParty, answer.response, { challenge, credential: own })
  if (signCount !== undefined) return { ...own, signCount }
  throw new AuthError(422, 'mfa_verification_failed', 'Failed to validate WebAuthn MFA response')
}

/** Of two answers at once, the second finds the challenge spent. */
async function spendChallenge(trx: AuthDatabase, { id }: Challenge, now: Date): Promise<void> {
  const spent = await trx
    .updateTable('auth.mfa_challenges')
    .set({ verified_at: now, otp_code: '', web_authn_session_data: null })
    .where('id', '=', id)
    .where('verified_at', 'is', null)
    .executeTakeFirstOrThrow()
  if (spent.numUpdatedRows > 0n) return
  throw new AuthError(422, 'mfa_ip_address_mismatch', 'Challenge and verify IP addresses mismatch.')
}
