import { AuthError } from '../auth-error.ts'
import { findOneTimeTokens, type StoredToken } from '../codes/index.ts'
import type { AuthContext } from '../context.ts'
import type { AuthDatabase, OneTimeTokenType } from '../database/index.ts'
import { findUserById, isBanned, lockUser, type User } from '../users/index.ts'
import { type Proof, tokenTypesOf, type Verification } from './verification.ts'

/** A token that was proven, and its user, whose row is locked. */
export interface ProvenToken {
  readonly token: StoredToken
  readonly user: User
}

/** Finds the token that a proof is of. Throws the same error for every proof that is not good, and for a late one. */
export async function findToken(ctx: AuthContext, trx: AuthDatabase, asked: Verification): Promise<ProvenToken> {
  const types = tokenTypesOf(asked)
  const { proof } = asked
  const found = await look(ctx, trx, proof, types)
  const user = found && (await lockUser(trx, found.userId))
  // Looked for again under the lock: of two requests with one token, the second finds none.
  const [token] = found ? await findOneTimeTokens(trx, { hash: found.hash }, [found.type]) : []
  if (!user || !token) throw refused(proof)
  if (isBanned(user.banned_until, ctx.clock())) throw new AuthError(403, 'user_banned', 'User is banned')
  const { email, sms } = ctx.settings
  const expiry = proof.kind === 'code' && proof.by === 'phone' ? sms.otpExpiry : email.otpExpiry
  if (ctx.clock().getTime() > token.sentAt.getTime() + expiry * 1000) throw refused(proof)
  return { token, user: (await findUserById(trx, user.id)) ?? user }
}

async function look(
  { codes, settings }: AuthContext,
  trx: AuthDatabase,
  proof: Proof,
  types: readonly OneTimeTokenType[],
): Promise<StoredToken | undefined> {
  if (proof.kind === 'token') return (await findOneTimeTokens(trx, { hash: proof.hash }, types))[0]
  const { address, code, by } = proof
  const { otpLength } = by === 'phone' ? settings.sms : settings.email
  const sent = await findOneTimeTokens(trx, { address }, types)
  const isTestCode = by === 'phone' && settings.sms.testCodes.get(address) === code
  return sent.find(({ hash }) => isTestCode || codes.guess(hash, code, { digits: otpLength, address }))
}

function refused({ kind }: Proof): AuthError {
  const what = kind === 'token' ? 'Email link is invalid or has expired' : 'Token has expired or is invalid'
  return new AuthError(403, 'otp_expired', what)
}
