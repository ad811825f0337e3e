import { AuthError } from '../auth-error.ts'
import { findOneTimeTokens, type StoredToken } from '../codes/index.ts'
import type { AuthContext } from '../context.ts'
import type { AuthDatabase, OneTimeTokenType } from '../database/index.ts'
import { checksCodes, isCodeOfProvider } from '../sms/index.ts'
import { findUserById, isBanned, lockUser, type User } from '../users/index.ts'
import { type Proof, tokenTypesOf, type Verification } from './verification.ts'

/** A token that was proven, and its user, whose row is locked. */
export interface ProvenToken {
  readonly token: StoredToken
  readonly user: User
}

/**
 * Where a provider makes the codes of messages, asks it whether this one is right, unless nothing was sent to that
 * number. Undefined where the codes are this service's. Call it outside of a transaction: it may take long.
 */
export async function askProvider(ctx: AuthContext, asked: Verification): Promise<boolean | undefined> {
  const { proof } = asked
  if (proof.kind !== 'code' || proof.by !== 'phone' || !checksCodes(ctx)) return undefined
  if (ctx.settings.sms.testCodes.has(proof.address)) return undefined
  const sent = await findOneTimeTokens(ctx.db, { address: proof.address }, tokenTypesOf(asked))
  return sent.length > 0 && (await isCodeOfProvider(ctx, proof.address, proof.code))
}

/**
 * Finds the token that a proof is of. Throws the same error for every proof that is not good, and for a late one.
 *
 * @param approved what `askProvider` answered
 */
export async function findToken(
  ctx: AuthContext,
  trx: AuthDatabase,
  asked: Verification,
  approved: boolean | undefined,
): Promise<ProvenToken> {
  const types = tokenTypesOf(asked)
  const { proof } = asked
  const found = await look(ctx, trx, { proof, approved }, types)
  const user = found && (await lockUser(trx, found.userId))
  // Looked for again under the lock: of two requests with one token, the second finds none.
  const [token] = found ? await findOneTimeTokens(trx, { hash: found.hash }, [found.type]) : []
  if (!user || !token) throw refused(proof)
  if (isBanned(user.banned_until, ctx.clock())) throw new AuthError(403, 'user_banned', 'User is banned')
  if (isLate(ctx, proof, token)) throw refused(proof)
  return { token, user: (await findUserById(trx, user.id)) ?? user }
}

function isLate({ settings, clock }: AuthContext, proof: Proof, { sentAt }: StoredToken): boolean {
  const { otpExpiry } = proof.kind === 'code' && proof.by === 'phone' ? settings.sms : settings.email
  return clock().getTime() > sentAt.getTime() + otpExpiry * 1000
}

async function look(
  ctx: AuthContext,
  trx: AuthDatabase,
  { proof, approved }: { readonly proof: Proof; readonly approved: boolean | undefined },
  types: readonly OneTimeTokenType[],
): Promise<StoredToken | undefined> {
  if (proof.kind === 'token') return (await findOneTimeTokens(trx, { hash: proof.hash }, types))[0]
  const { address, code, by } = proof
  const { codes, settings } = ctx
  const { otpLength } = by === 'phone' ? settings.sms : settings.email
  const sent = await findOneTimeTokens(trx, { address }, types)
  if (approved !== undefined) {
    // The provider says whose the number is, but not which of several users that want it was meant.
    const [token, ...others] = sent.filter((one) => !isLate(ctx, proof, one))
    return approved && others.length === 0 ? token : undefined
  }
  const isTestCode = by === 'phone' && settings.sms.testCodes.get(address) === code
  return sent.find(({ hash }) => isTestCode || codes.guess(hash, code, { digits: otpLength, address }))
}

function refused({ kind }: Proof): AuthError {
  const what = kind === 'token' ? 'Email link is invalid or has expired' : 'Token has expired or is invalid'
  return new AuthError(403, 'otp_expired', what)
}
