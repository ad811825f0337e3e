import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { rejection } from '../hooks/index.ts'
import { endSessions } from '../sessions/index.ts'

type Asking = Pick<AuthContext, 'hooks' | 'db'>

/** Asks what is to be done about a password that was tried. Throws where the hook rejects the attempt. */
export async function judgePassword(
  { hooks, db }: Asking,
  attempt: { readonly userId: string; readonly valid: boolean },
  client: ClientInfo,
): Promise<void> {
  const input = { user_id: attempt.userId, valid: attempt.valid }
  const answer = await hooks.ask('passwordVerificationAttempt', { input, client })
  if (answer.decision !== 'reject') return
  if (answer.should_logout_user === true) await endSessions(db, attempt.userId, 'global', undefined)
  const fallback = 'Further password verification attempts will be rejected.'
  throw new AuthError(400, 'invalid_credentials', rejection(answer, fallback))
}
