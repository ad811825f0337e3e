import { AuthError } from '../auth-error.ts'
import type { JsonObject } from '../json.ts'
import type { Challenge } from '../pkce/index.ts'
import type { Channel } from '../sms/index.ts'
import type { SignedIn } from './signed-in.ts'

/** What users ask to change of themselves; an empty string means no change. */
export interface UserChanges {
  readonly email: string
  readonly phone: string
  readonly password: string | undefined
  readonly nonce: string
  readonly data: JsonObject | undefined
  /** Not theirs to change: asking for it is refused. */
  readonly appMetadata: JsonObject | undefined
  /** Where links in mails lead in the end; already checked. */
  readonly redirectTo: string
  /** Where the link of a change of address is to answer a code. */
  readonly challenge: Challenge | undefined
  readonly channel: Channel
}

/** Throws when the user may not ask for these changes at all, or not from this session. */
export function assertChangesAllowed(
  { user, session }: SignedIn,
  changes: UserChanges,
  { newEmail, newPhone }: { readonly newEmail: string | undefined; readonly newPhone: string | undefined },
): void {
  if (changes.appMetadata) {
    throw new AuthError(403, 'not_admin', 'Updating app_metadata requires admin privileges')
  }
  const movesContact = newEmail !== undefined || newPhone !== undefined
  const touchesCredentials = Boolean(changes.password) || movesContact
  if (!touchesCredentials) return
  if (user.factors.some((factor) => factor.status === 'verified') && session?.aal !== 'aal2') {
    const message = 'AAL2 session is required to update email or password when MFA is enabled.'
    throw new AuthError(401, 'insufficient_aal', message)
  }
  if (user.is_sso_user) {
    const message = 'Updating email, phone, password of a SSO account only possible via SSO'
    throw new AuthError(422, 'user_sso_managed', message)
  }
  if (user.is_anonymous && changes.password && !movesContact) {
    const message = 'Updating password of an anonymous user without an email or phone is not allowed'
    throw new AuthError(422, 'validation_failed', message)
  }
}
