import type { AuthDatabase } from '../database/index.ts'

/** Which of a user's sessions to end: all, the one that asks, or all but that one. */
export type SignOutScope = 'global' | 'local' | 'others'

/** Ends sessions; their refresh tokens go with them. Without a session of its own to tell apart, ends all. */
export async function endSessions(
  db: AuthDatabase,
  userId: string,
  scope: SignOutScope,
  sessionId: string | undefined,
): Promise<void> {
  let doomed = db.deleteFrom('auth.sessions').where('user_id', '=', userId)
  if (sessionId !== undefined && scope === 'local') doomed = doomed.where('id', '=', sessionId)
  if (sessionId !== undefined && scope === 'others') doomed = doomed.where('id', '<>', sessionId)
  await doomed.execute()
}
