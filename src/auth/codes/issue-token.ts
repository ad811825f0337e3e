import type { AuthDatabase, OneTimeTokenType } from '../database/index.ts'
import type { CodeBook } from './code-book.ts'
import { storeOneTimeToken } from './one-time-tokens.ts'

/** Where GoTrue keeps the token and the time of its sending in the user's row. */
const columns = {
  confirmation_token: { token: 'confirmation_token', sentAt: 'confirmation_sent_at' },
  recovery_token: { token: 'recovery_token', sentAt: 'recovery_sent_at' },
  reauthentication_token: { token: 'reauthentication_token', sentAt: 'reauthentication_sent_at' },
  email_change_token_new: { token: 'email_change_token_new', sentAt: 'email_change_sent_at' },
  email_change_token_current: { token: 'email_change_token_current', sentAt: 'email_change_sent_at' },
  phone_change_token: { token: 'phone_change_token', sentAt: 'phone_change_sent_at' },
} as const satisfies Record<OneTimeTokenType, object>

/** Another may be asked for at once, since this one could not be sent. It stays good: some of it may have arrived. */
export async function allowAnother(db: AuthDatabase, userId: string, type: OneTimeTokenType): Promise<void> {
  await db
    .updateTable('auth.users')
    .set({ [columns[type].sentAt]: null })
    .where('id', '=', userId)
    .execute()
}

export interface TokenRequest {
  readonly userId: string
  readonly type: OneTimeTokenType
  /** The address or number it is sent to. */
  readonly address: string
  readonly flow: 'pkce' | 'implicit'
}

/** Makes and stores a token in place of an earlier one of its type, and answers it. */
export async function issueToken(
  codes: CodeBook,
  trx: AuthDatabase,
  { userId, type, address, flow }: TokenRequest,
  now: Date,
): Promise<string> {
  const hash = codes.newToken(flow)
  const { token, sentAt } = columns[type]
  await trx
    .updateTable('auth.users')
    .set({ [token]: hash, [sentAt]: now, updated_at: now })
    .where('id', '=', userId)
    .execute()
  await storeOneTimeToken(trx, { userId, type, hash, relatesTo: address }, now)
  return hash
}
