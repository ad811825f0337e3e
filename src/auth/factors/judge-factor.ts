import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { rejection } from '../hooks/index.ts'
import { endSessions } from '../sessions/index.ts'

type Asking = Pick<AuthContext, 'hooks' | 'db'>

/** Asks what is to be done about a second factor that was tried. A rejection signs the user out everywhere. */
export async function judgeFactor(
  { hooks, db }: Asking,
  attempt: { readonly userId: string; readonly factorId: string; readonly factorType: string; readonly valid: boolean },
  client: ClientInfo,
): Promise<void> {
  const { userId, factorId, factorType, valid } = attempt
  const input = { user_id: userId, factor_id: factorId, factor_type: factorType, valid }
  const answer = await hooks.ask('mfaVerificationAttempt', { input, client })
  if (answer.decision !== 'reject') return
  await endSessions(db, userId, 'global', undefined)
  const message = rejection(answer, 'Further MFA verification attempts will be rejected.')
  throw new AuthError(403, 'mfa_verification_rejected', message)
}
