import { AuthError } from '../auth-error.ts'
import { pkcePrefix } from '../codes/index.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import type { OneTimeTokenType } from '../database/index.ts'
import { type Letter, notify } from '../mail/index.ts'
import { type FlowMethod, issueAuthCode } from '../pkce/index.ts'
import { type SessionResponse, sessionResponse, sessionTransaction, startSession } from '../sessions/index.ts'
import { isContactTaken, isEmailTaken } from '../users/index.ts'
import { acceptToken } from './accept-token.ts'
import { askProvider, findToken } from './find-token.ts'
import type { Verification } from './verification.ts'

export type Verified =
  | { readonly kind: 'session'; readonly session: SessionResponse; readonly type: string }
  /** What the client that asked for the mail redeems. */
  | { readonly kind: 'code'; readonly code: string }
  /** A change of address needs the other link too. */
  | { readonly kind: 'first-of-two' }

/**
 * Accepts the token of a mail or message, once, and signs its user in.
 *
 * @param way `redirect`: a browser follows the link, and what it gets may be seen by others: a code, where the client asked so
 */
export async function verify(
  ctx: AuthContext,
  asked: Verification,
  client: ClientInfo,
  way: 'redirect' | 'answer',
): Promise<Verified> {
  const approved = await askProvider(ctx, asked)
  const verified = sessionTransaction(ctx, async (trx) => {
    const now = ctx.clock()
    const proven = await findToken(ctx, trx, asked, approved)
    const { token, user } = proven
    const by = asked.proof.kind === 'code' ? asked.proof.by : 'email'
    const accepted = await acceptToken(ctx, trx, { ...proven, by, client })
    if (accepted.kind === 'first-of-two') return { outcome: { kind: 'first-of-two' } as const, notices: none }
    const type = effectiveType(asked.type, token.type)
    if (way === 'redirect' && token.hash.startsWith(pkcePrefix)) {
      const code = await issueAuthCode(trx, user.id, flowMethods[type] ?? 'magiclink', now)
      return { outcome: { kind: 'code', code } as const, notices: accepted.notices }
    }
    const started = await startSession(trx, user.id, 'otp', client, now)
    const session = await sessionResponse(ctx, trx, started, now)
    return { outcome: { kind: 'session', session, type } as const, notices: accepted.notices }
  })
  const { outcome, notices } = await verified.catch((error: unknown) => {
    throw isContactTaken(error) ? takenError(error) : error
  })
  for (const letter of notices) if ('facts' in letter) await notify(ctx, letter, client)
  return outcome
}

const none: readonly Letter[] = []

/** Type `email` stands for either of two. */
function effectiveType(type: string, token: OneTimeTokenType): string {
  if (type !== 'email') return type
  return token === 'recovery_token' ? 'magiclink' : 'signup'
}

const flowMethods: Readonly<Record<string, FlowMethod>> = {
  signup: 'email/signup',
  invite: 'invite',
  recovery: 'recovery',
  magiclink: 'magiclink',
  email_change: 'email_change',
}

function takenError(error: unknown): AuthError {
  return isEmailTaken(error)
    ? new AuthError(422, 'email_exists', 'A user with this email address has already been registered')
    : new AuthError(422, 'phone_exists', 'A user with this phone number has already been registered')
}
