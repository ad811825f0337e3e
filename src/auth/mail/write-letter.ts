import { assertDue, clearOneTimeTokens, issueToken } from '../codes/index.ts'
import type { AuthContext } from '../context.ts'
import type { AuthDatabase, OneTimeTokenType } from '../database/index.ts'
import { beginFlow, type Challenge, type FlowMethod } from '../pkce/index.ts'
import { findUserById, stillThere, type User } from '../users/index.ts'
import type { RequestKind, RequestLetter } from './letter.ts'

interface Kind {
  readonly token: OneTimeTokenType
  readonly linkType: string
  readonly method: FlowMethod
  /** When the last one was sent; absent where an administrator asks, who may at any time. */
  readonly lastSent?: (user: User) => Date | null
}

const kinds: Readonly<Record<Exclude<RequestKind, 'email_change'>, Kind>> = {
  confirmation: {
    token: 'confirmation_token',
    linkType: 'signup',
    method: 'email/signup',
    lastSent: (user) => user.confirmation_sent_at,
  },
  invite: { token: 'confirmation_token', linkType: 'invite', method: 'invite' },
  recovery: {
    token: 'recovery_token',
    linkType: 'recovery',
    method: 'recovery',
    lastSent: (user) => user.recovery_sent_at,
  },
  magic_link: {
    token: 'recovery_token',
    linkType: 'magiclink',
    method: 'magiclink',
    lastSent: (user) => user.recovery_sent_at,
  },
  reauthentication: {
    token: 'reauthentication_token',
    linkType: 'reauthentication',
    method: 'magiclink',
    lastSent: (user) => user.reauthentication_sent_at,
  },
}

export interface LetterRequest {
  readonly redirectTo: string
  /** Where the link is to answer a code instead of tokens. */
  readonly challenge?: Challenge | undefined
}

type Writing = Pick<AuthContext, 'settings' | 'clock' | 'codes'>

/** Stores a new token for a user's address, and answers the letter to send once that is committed. */
export async function writeLetter(
  ctx: Writing,
  trx: AuthDatabase,
  kind: keyof typeof kinds,
  user: User & { readonly email: string },
  request: LetterRequest,
): Promise<RequestLetter> {
  const { token, linkType, method, lastSent } = kinds[kind]
  const now = ctx.clock()
  if (lastSent) assertDue('over_email_send_rate_limit', lastSent(user), ctx.settings.email.mailInterval, now)
  if (request.challenge) await beginFlow(trx, { userId: user.id, method, challenge: request.challenge }, now)
  return await withToken(ctx, trx, user, { kind, token, linkType, to: user.email, ...request })
}

/**
 * Stores a wanted address, and answers the letters that ask to confirm it: at the new address and, where changes are
 * confirmed twice, at the old one.
 *
 * @param side `both`, or the one of the two whose token is made anew while the other stays good
 */
export async function writeEmailChangeLetters(
  ctx: Writing,
  trx: AuthDatabase,
  user: User,
  newEmail: string,
  request: LetterRequest,
  side: 'both' | 'new' | 'current' = 'both',
): Promise<readonly RequestLetter[]> {
  const now = ctx.clock()
  const { mailInterval, confirmChangeTwice } = ctx.settings.email
  assertDue('over_email_send_rate_limit', user.email_change_sent_at, mailInterval, now)
  if (request.challenge) {
    await beginFlow(trx, { userId: user.id, method: 'email_change', challenge: request.challenge }, now)
  }
  if (side === 'both') await forgetEarlierChange(trx, user.id)
  await trx
    .updateTable('auth.users')
    .set({ email_change: newEmail, email_change_confirm_status: 0 })
    .where('id', '=', user.id)
    .execute()
  const addresses = [
    ...(side === 'current' ? [] : [{ token: 'email_change_token_new', to: newEmail } as const]),
    ...(side === 'new' || !confirmChangeTwice || !user.email
      ? []
      : [{ token: 'email_change_token_current', to: user.email } as const]),
  ]
  const letters: RequestLetter[] = []
  for (const address of addresses) {
    const kind = { kind: 'email_change', linkType: 'email_change' } as const
    letters.push(await withToken(ctx, trx, user, { ...kind, ...request, ...address }))
  }
  return letters
}

async function forgetEarlierChange(trx: AuthDatabase, userId: string): Promise<void> {
  const set = { email_change_token_new: '', email_change_token_current: '' }
  await trx.updateTable('auth.users').set(set).where('id', '=', userId).execute()
  await clearOneTimeTokens(trx, userId, 'email_change_token_new')
  await clearOneTimeTokens(trx, userId, 'email_change_token_current')
}

async function withToken(
  { settings, codes, clock }: Writing,
  trx: AuthDatabase,
  { id }: User,
  of: LetterRequest & {
    readonly kind: RequestKind
    readonly token: OneTimeTokenType
    readonly linkType: string
    readonly to: string
  },
): Promise<RequestLetter> {
  const { kind, token: type, linkType, to, redirectTo, challenge } = of
  const flow = challenge ? 'pkce' : 'implicit'
  const hash = await issueToken(codes, trx, { userId: id, type, address: to, flow }, clock())
  const user = stillThere(await findUserById(trx, id))
  const code = codes.codeOf(hash, settings.email.otpLength)
  return { kind, user, to, token: { type, hash, code, linkType }, redirectTo }
}
