import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { announceUser, reportUser } from '../hooks/index.ts'
import { deliver, notify } from '../mail/index.ts'
import type { Profile } from '../providers/index.ts'
import { presentUser } from '../users/index.ts'
import { type Admission, assertVerified } from './admit.ts'
import { decideAccount } from './decide-account.ts'
import { linkedNotice } from './link-identity.ts'

/** Asks the project about a visitor that would become a user, and answers the id. */
export async function announce(
  ctx: AuthContext,
  provider: string,
  profile: Profile,
  client: ClientInfo,
): Promise<string | undefined> {
  const decision = await decideAccount(ctx.db, provider, profile)
  if (decision.kind !== 'create') return undefined
  if (!ctx.settings.signUp) throw new AuthError(422, 'signup_disabled', 'Signups not allowed for this instance')
  const newcomer = { provider, ...(decision.email && { email: decision.email }), userMetadata: profile.data }
  return await announceUser(ctx, newcomer, client)
}

/** What comes after the commit: hooks and mails, and the refusal of an address that is not proven. */
export async function follow(
  ctx: AuthContext,
  admission: Admission,
  { provider, linked }: { readonly provider: string; readonly linked: boolean },
  client: ClientInfo,
): Promise<void> {
  if (admission.isNew) await reportUser(ctx, presentUser(admission.user), client)
  if (linked && admission.kind === 'admitted') await notify(ctx, linkedNotice(admission.user, provider), client)
  if (admission.kind === 'unverified' && admission.letter) await deliver(ctx, [admission.letter], client)
  assertVerified(admission, provider)
}
