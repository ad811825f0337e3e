import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import { clearOneTimeTokens } from '../codes/index.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import type { Letter } from '../mail/index.ts'
import {
  confirmEmail,
  confirmPhone,
  putIdentity,
  recordProviders,
  replaceEmail,
  replacePhone,
  type User,
} from '../users/index.ts'
import type { ProvenToken } from './find-token.ts'

/** What followed from a token. */
export type Accepted =
  | { readonly kind: 'done'; readonly notices: readonly Letter[] }
  /** A change of address waits for the link at the other address. */
  | { readonly kind: 'first-of-two' }

interface Acceptance extends ProvenToken {
  readonly by: 'email' | 'phone'
  readonly client: ClientInfo
}

/** Does what a proven token was sent for, and makes it worthless. */
export async function acceptToken(ctx: AuthContext, trx: AuthDatabase, acceptance: Acceptance): Promise<Accepted> {
  const { token, user, by } = acceptance
  const now = ctx.clock()
  switch (token.type) {
    case 'confirmation_token':
      await confirmContact(ctx, trx, acceptance)
      return { kind: 'done', notices: [] }
    case 'recovery_token':
      await recover(ctx, trx, acceptance)
      return { kind: 'done', notices: [] }
    case 'email_change_token_new':
    case 'email_change_token_current':
      return await confirmEmailChange(ctx, trx, acceptance)
    case 'phone_change_token': {
      if (!user.phone_change) throw new AuthError(403, 'otp_expired', 'Token has expired or is invalid')
      await replacePhone(trx, user, user.phone_change, now)
      await recordEvent(trx, { action: 'user_modified', actor: user, client: acceptance.client }, now)
      const facts = { OldPhone: user.phone ?? '', Phone: user.phone_change }
      const isChange = user.phone && user.phone !== user.phone_change
      return { kind: 'done', notices: isChange ? [notice('phone_changed', user, facts)] : [] }
    }
    case 'reauthentication_token':
      throw new Error(`a reauthentication token is no proof by ${by}`)
  }
}

async function confirmContact(
  { clock }: AuthContext,
  trx: AuthDatabase,
  { user, by, client }: Acceptance,
): Promise<void> {
  const now = clock()
  const wasConfirmed = (by === 'email' ? user.email_confirmed_at : user.phone_confirmed_at) !== null
  const action = wasConfirmed ? 'login' : 'user_signedup'
  await recordEvent(trx, { action, actor: user, client, traits: { provider: by } }, now)
  if (by === 'phone') return await confirmPhone(trx, user.id, now)
  await confirmEmail(trx, user.id, now)
  if (user.identities.some(({ provider, email }) => provider === 'email' && email === user.email)) {
    await putIdentity(trx, user.id, 'email', { email_verified: true }, now)
  }
}

/** A link to recover an account, or to sign in without a password, proves the address too. */
async function recover(ctx: AuthContext, trx: AuthDatabase, acceptance: Acceptance): Promise<void> {
  const { user, client } = acceptance
  const now = ctx.clock()
  await trx.updateTable('auth.users').set({ recovery_token: '', updated_at: now }).where('id', '=', user.id).execute()
  await clearOneTimeTokens(trx, user.id, 'recovery_token')
  if (!user.email_confirmed_at) return await confirmContact(ctx, trx, acceptance)
  await recordEvent(trx, { action: 'login', actor: user, client }, now)
}

async function confirmEmailChange(
  { settings, clock }: AuthContext,
  trx: AuthDatabase,
  { token, user, client }: Acceptance,
): Promise<Accepted> {
  const now = clock()
  const { autoconfirm, confirmChangeTwice } = settings.email
  const isFirstOfTwo = confirmChangeTwice && !autoconfirm && user.email && user.email_change_confirm_status !== 1
  if (isFirstOfTwo) {
    const column = token.type === 'email_change_token_new' ? 'email_change_token_new' : 'email_change_token_current'
    await trx
      .updateTable('auth.users')
      .set({ [column]: '', email_change_confirm_status: 1, updated_at: now })
      .where('id', '=', user.id)
      .execute()
    await clearOneTimeTokens(trx, user.id, token.type)
    return { kind: 'first-of-two' }
  }
  if (!user.email_change) throw new AuthError(403, 'otp_expired', 'Email link is invalid or has expired')
  await replaceEmail(trx, user, user.email_change, now)
  await recordProviders(trx, user.id)
  await recordEvent(trx, { action: 'user_modified', actor: user, client }, now)
  const facts = { OldEmail: user.email ?? '', Email: user.email_change }
  return { kind: 'done', notices: user.email ? [notice('email_changed', user, facts)] : [] }
}

/** Tells the address that the account had, since whoever took it over would not. */
function notice(kind: 'email_changed' | 'phone_changed', user: User, facts: Record<string, string>): Letter {
  return { kind, user, to: user.email ?? '', facts }
}
