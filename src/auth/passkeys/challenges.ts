import { randomUUID } from 'node:crypto'
import { AuthError } from '../auth-error.ts'
import type { AuthDatabase } from '../database/index.ts'

/** Milliseconds in which a ceremony is to be finished. */
const lifetime = 300_000

export type Ceremony = 'registration' | 'authentication'

/** Keeps what a ceremony is to answer. */
export async function openChallenge(
  db: AuthDatabase,
  of: { readonly ceremony: Ceremony; readonly userId: string | null; readonly challenge: string },
  now: Date,
): Promise<{ readonly id: string; readonly expiresAt: Date }> {
  const id = randomUUID()
  const expiresAt = new Date(now.getTime() + lifetime)
  await db
    .deleteFrom('auth.webauthn_challenges')
    .where('expires_at', '<', new Date(now.getTime() - lifetime))
    .execute()
  await db
    .insertInto('auth.webauthn_challenges')
    .values({
      id,
      user_id: of.userId,
      challenge_type: of.ceremony,
      session_data: JSON.stringify({ challenge: of.challenge }),
      created_at: now,
      expires_at: expiresAt,
    })
    .execute()
  return { id, expiresAt }
}

/** Takes a challenge away, so that it is answered once, whatever the answer. */
export async function spendChallenge(
  db: AuthDatabase,
  of: { readonly ceremony: Ceremony; readonly userId: string | null; readonly id: string },
  now: Date,
): Promise<string> {
  const spent = await db
    .deleteFrom('auth.webauthn_challenges')
    .where('id', '=', of.id)
    .where('challenge_type', '=', of.ceremony)
    .where('user_id', of.userId === null ? 'is' : '=', of.userId)
    .returning(['session_data', 'expires_at'])
    .executeTakeFirst()
  if (!spent) {
    throw new AuthError(400, 'webauthn_challenge_not_found', 'Challenge not found or already used')
  }
  if (now > spent.expires_at) throw new AuthError(400, 'webauthn_challenge_expired', 'Challenge has expired')
  return String(spent.session_data.challenge)
}
