import type { AuthDatabase } from '../database/index.ts'
import { randomText } from '../random.ts'
import { nilUuid } from '../users/index.ts'

/** Twelve characters, as GoTrue's. */
export function newRefreshToken(): string {
  return randomText(12)
}

export function isRefreshToken(text: string): boolean {
  return /^[a-z0-9]{12}$/.test(text)
}

/** Adds a refresh token that succeeds to none to a session, and answers it. */
export async function insertRefreshToken(
  trx: AuthDatabase,
  of: { readonly sessionId: string; readonly userId: string },
  now: Date,
): Promise<string> {
  const token = newRefreshToken()
  await trx
    .insertInto('auth.refresh_tokens')
    .values({
      instance_id: nilUuid,
      token,
      user_id: of.userId,
      session_id: of.sessionId,
      parent: '',
      revoked: false,
      created_at: now,
      updated_at: now,
    })
    .execute()
  return token
}
