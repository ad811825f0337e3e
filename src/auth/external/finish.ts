import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { type AuthDatabase, failingAs } from '../database/index.ts'
import { isJsonObject } from '../json.ts'
import { type Profile, type ProviderAnswer, withName } from '../providers/index.ts'
import { type SessionResponse, sessionResponse, sessionTransaction, startSession } from '../sessions/index.ts'
import { onceMoreIfTaken } from '../sign-in/index.ts'
import { isContactTaken, isIdentityTaken } from '../users/index.ts'
import { acceptInvitation } from './accept-invitation.ts'
import { type Admission, admit } from './admit.ts'
import { announce, follow } from './around-admission.ts'
import { requireProvider } from './begin.ts'
import { type Flow, used } from './flow.ts'
import { linkIdentity } from './link-identity.ts'
import { redeem } from './redeem.ts'

/** What the browser brings back to the app. */
export type Finished =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'session'; readonly session: SessionResponse; readonly tokens: ProviderAnswer }

/** Signs in, or adds an identity to, whoever comes back from another service. */
export async function finishExternal(
  ctx: AuthContext,
  flow: Flow,
  parameters: URLSearchParams,
  client: ClientInfo,
): Promise<Finished> {
  const provider = await requireProvider(ctx, flow.provider_type, 'oauth_provider_not_supported')
  const answer = await redeem(ctx, provider, flow, parameters)
  const profile = withName(answer.profile, nameOf(parameters.get('user')))
  if (profile.email === undefined && !flow.email_optional) {
    throw new AuthError(500, 'unexpected_failure', 'Error getting user email from external provider')
  }
  const newId =
    flow.linking_target_id || flow.invite_token ? undefined : await announce(ctx, provider.name, profile, client)
  const attempt = () =>
    sessionTransaction(ctx, async (trx) => {
      const admission = await enter(ctx, trx, { flow, provider: provider.name, profile, newId }, client)
      if (admission.kind === 'unverified') return { admission, finished: undefined }
      return { admission, finished: await conclude(ctx, trx, flow, admission, answer, client) }
    })
  const taken = (error: unknown) => isContactTaken(error) || isIdentityTaken(error)
  const { admission, finished } = await failingAs('Database error saving new user', onceMoreIfTaken(attempt, taken))
  await follow(ctx, admission, { provider: provider.name, linked: flow.linking_target_id !== null }, client)
  if (!finished) throw new Error('a verified admission was not concluded')
  return finished
}

interface Arriving {
  readonly flow: Flow
  readonly provider: string
  readonly profile: Profile
  readonly newId: string | undefined
}

async function enter(
  ctx: AuthContext,
  trx: AuthDatabase,
  { flow, provider, profile, newId }: Arriving,
  client: ClientInfo,
): Promise<Admission> {
  if (flow.linking_target_id) {
    return await linkIdentity(ctx, trx, { userId: flow.linking_target_id, provider, profile }, client)
  }
  if (flow.invite_token) return await acceptInvitation(ctx, trx, flow.invite_token, { provider, profile }, client)
  return await admit(ctx, trx, { provider, profile, newId, emailOptional: flow.email_optional }, client)
}

async function conclude(
  ctx: AuthContext,
  trx: AuthDatabase,
  flow: Flow,
  { user }: Admission,
  tokens: ProviderAnswer,
  client: ClientInfo,
): Promise<Finished> {
  const now = ctx.clock()
  if (flow.code_challenge === null) {
    await trx.deleteFrom('auth.flow_state').where('id', '=', flow.id).execute()
    const session = await startSession(trx, user.id, 'oauth', client, now)
    return { kind: 'session', session: await sessionResponse(ctx, trx, session, now), tokens }
  }
  const claimed = await trx
    .updateTable('auth.flow_state')
    .set({
      user_id: user.id,
      provider_access_token: tokens.accessToken,
      provider_refresh_token: tokens.refreshToken ?? '',
      auth_code_issued_at: now,
      updated_at: now,
    })
    .where('id', '=', flow.id)
    .where('user_id', 'is', null)
    .returning('auth_code')
    .executeTakeFirst()
  if (!claimed?.auth_code) throw used()
  return { kind: 'code', code: claimed.auth_code }
}

/** Apple tells a name beside its answer, and the first time only. */
function nameOf(user: string | null): string {
  try {
    const told: unknown = JSON.parse(user ?? 'null')
    const name = isJsonObject(told) && isJsonObject(told.name) ? told.name : {}
    return [name.firstName, name.lastName].filter((part) => typeof part === 'string' && part !== '').join(' ')
  } catch {
    return ''
  }
}
