import type { Selectable } from 'kysely'
import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import { findOneTimeTokens } from '../codes/index.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { type AuthDatabase, type AuthTables, failingAs } from '../database/index.ts'
import { announceUser, reportUser } from '../hooks/index.ts'
import { isJsonObject } from '../json.ts'
import { deliver, notify } from '../mail/index.ts'
import { takeVerifier } from '../pkce/index.ts'
import { type Profile, type Provider, type ProviderAnswer, withName } from '../providers/index.ts'
import { type SessionResponse, sessionResponse, sessionTransaction, startSession } from '../sessions/index.ts'
import { onceMoreIfTaken } from '../sign-in/index.ts'
import {
  confirmEmail,
  insertExternalIdentity,
  isContactTaken,
  isIdentityTaken,
  lockUser,
  mergeMetadata,
  presentUser,
  recordProviders,
} from '../users/index.ts'
import { type Admission, admit, assertVerified, takeOver } from './admit.ts'
import { requireProvider } from './begin.ts'
import { decideAccount } from './decide-account.ts'
import { linkedNotice, linkIdentity } from './link-identity.ts'

export type Flow = Selectable<AuthTables['auth.flow_state']>

/** What the browser brings back to the app. */
export type Finished =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'session'; readonly session: SessionResponse; readonly tokens: ProviderAnswer }

/** Milliseconds in which a user has to come back. */
const lifetime = 300_000

/** The flow that a state belongs to, or the error for one that is none, too old or used. */
export async function findFlow({ db, clock }: AuthContext, state: string): Promise<Flow> {
  if (state === '') throw new AuthError(400, 'bad_oauth_callback', 'OAuth state parameter missing')
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(state)) {
    throw new AuthError(400, 'bad_oauth_state', 'OAuth state parameter is invalid')
  }
  const flow = await db.selectFrom('auth.flow_state').selectAll().where('id', '=', state).executeTakeFirst()
  if (flow?.authentication_method !== 'oauth') {
    throw new AuthError(400, 'bad_oauth_state', 'OAuth state not found or expired')
  }
  if (clock().getTime() > (flow.created_at?.getTime() ?? 0) + lifetime) {
    throw new AuthError(400, 'bad_oauth_state', 'OAuth state has expired')
  }
  if (flow.user_id) throw used()
  return flow
}

/** Signs in, or adds an identity to, whoever comes back from another service. */
export async function finishExternal(
  ctx: AuthContext,
  flow: Flow,
  parameters: URLSearchParams,
  client: ClientInfo,
): Promise<Finished> {
  const provider = requireProvider(ctx, flow.provider_type)
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

async function redeem(
  ctx: AuthContext,
  provider: Provider,
  flow: Flow,
  parameters: URLSearchParams,
): Promise<ProviderAnswer> {
  const error = parameters.get('error')
  if (error) {
    const description = parameters.get('error_description') ?? ''
    throw new AuthError(400, 'bad_oauth_callback', description, { oauth: error })
  }
  if (!parameters.get('code')) {
    throw new AuthError(400, 'bad_oauth_callback', 'OAuth callback with missing authorization code missing')
  }
  const verifier = await takeVerifier(ctx.db, flow.oauth_client_state_id)
  if (verifier === undefined) throw used()
  return await provider.redeem({ parameters, state: flow.id, verifier }).catch((cause: unknown) => {
    ctx.observe({
      kind: 'message',
      level: 'warn',
      text: `a code of ${provider.name} could not be redeemed`,
      error: cause,
    })
    throw new AuthError(500, 'unexpected_failure', 'Unable to exchange external code', { cause })
  })
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

/** Whoever was invited by mail may come by another service that vouches for the same address. */
async function acceptInvitation(
  ctx: AuthContext,
  trx: AuthDatabase,
  token: string,
  { provider, profile }: { readonly provider: string; readonly profile: Profile },
  client: ClientInfo,
): Promise<Admission> {
  const now = ctx.clock()
  const [invitation] = await findOneTimeTokens(trx, { hash: token }, ['confirmation_token'])
  const user = invitation && (await lockUser(trx, invitation.userId))
  if (!user) throw new AuthError(404, 'invite_not_found', 'Invite not found')
  if (profile.email === undefined || profile.email !== user.email) {
    throw new AuthError(400, 'validation_failed', 'Invited email does not match emails from external provider')
  }
  const { subject, data } = profile
  const identityId = await insertExternalIdentity(trx, { userId: user.id, provider, subject, data }, now)
  await takeOver(trx, user, { provider, identityId, profile }, now)
  const set = { raw_user_meta_data: mergeMetadata('raw_user_meta_data', data) }
  await trx.updateTable('auth.users').set(set).where('id', '=', user.id).execute()
  await recordProviders(trx, user.id)
  await recordEvent(trx, { action: 'invite_accepted', actor: user, client, traits: { provider } }, now)
  await confirmEmail(trx, user.id, now)
  return { kind: 'admitted', user: (await lockUser(trx, user.id)) ?? user, isNew: false }
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

function used(): AuthError {
  return new AuthError(400, 'flow_state_already_used', 'State has already been used')
}
