import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { type AuthDatabase, failingAs } from '../database/index.ts'
import { admit, announce, follow } from '../external/index.ts'
import { chooseRedirect } from '../mail/index.ts'
import {
  type Assertion,
  decryptionKeysOf,
  isStale,
  readIdentityProvider,
  readResponse,
  SamlError,
  signingKeysOf,
} from '../saml/index.ts'
import { type SessionResponse, sessionResponse, sessionTransaction, startSession } from '../sessions/index.ts'
import { onceMoreIfTaken } from '../sign-in/index.ts'
import { isIdentityTaken, type User } from '../users/index.ts'
import { type Arrival, readArrival } from './arrival.ts'
import { identityProviderName, type SsoProvider } from './providers.ts'
import { mappingOf, samlProfile } from './saml-profile.ts'
import { spendAssertion } from './spend-assertion.ts'

/** What the browser brings back to the app, and where that is. */
export type FinishedSso = { readonly target: string } & (
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'session'; readonly session: SessionResponse }
)

/** Signs in whoever an identity provider sends with an assertion. */
export async function finishSso(ctx: AuthContext, form: URLSearchParams, client: ClientInfo): Promise<FinishedSso> {
  const arrival = await readArrival(ctx, form)
  const { provider, redirectTo } = arrival
  const assertion = await judge(ctx, arrival)
  const name = identityProviderName(provider)
  const profile = samlProfile(provider.entity_id, assertion, mappingOf(provider.attribute_mapping))
  const newId = await announce(ctx, name, profile, client)
  const attempt = () =>
    sessionTransaction(ctx, async (trx) => {
      const admission = await admit(ctx, trx, { provider: name, profile, newId, emailOptional: false }, client)
      if (admission.kind === 'unverified') return { admission, finished: undefined }
      return { admission, finished: await conclude(ctx, trx, { arrival, assertion, user: admission.user }, client) }
    })
  const saved = onceMoreIfTaken(attempt, isIdentityTaken)
  const { admission, finished } = await failingAs('Database error saving new user', saved)
  await follow(ctx, admission, { provider: name, linked: false }, client)
  if (!finished) throw new Error('a verified admission was not concluded')
  return { ...finished, target: chooseRedirect(redirectTo, ctx.settings) }
}

/** The assertion of a response, once it is found to be good. Why another is not, the log says, and nobody else. */
async function judge(ctx: AuthContext, { provider, response, requestId }: Arrival): Promise<Assertion> {
  const now = ctx.clock()
  const service = ctx.serviceProvider()
  const known = await readIdentityProvider(await currentMetadata(ctx, provider, now))
  const expected = {
    issuer: provider.entity_id,
    keys: signingKeysOf(known, now),
    audience: service.entityId,
    acsUrl: service.acsUrl,
    decryptionKeys: decryptionKeysOf(service),
    requestId,
    now,
  }
  return await readResponse(response, expected).catch((cause: unknown) => {
    if (!(cause instanceof SamlError)) throw cause
    const text = `a SAML response of ${provider.entity_id} is not valid`
    ctx.observe({ kind: 'message', level: 'warn', text, error: cause })
    throw new AuthError(400, 'validation_failed', 'SAML Assertion is not valid', { cause })
  })
}

/** What the provider publishes now, where it says so and what is known is old. */
async function currentMetadata({ db, ssoMetadata }: AuthContext, provider: SsoProvider, now: Date): Promise<string> {
  const { id, metadata_url: url, metadata_xml: known, metadata_at: since, entity_id: entityId } = provider
  if (!url || !isStale(await readIdentityProvider(known), since, now)) return known
  const fetched = await ssoMetadata.refetch(url)
  if (fetched === undefined) return known
  const isSame = await readIdentityProvider(fetched).then(
    (read) => read.entityId === entityId,
    () => false,
  )
  if (!isSame) return known
  await db
    .updateTable('auth.saml_providers')
    .set({ metadata_xml: fetched, updated_at: now })
    .where('sso_provider_id', '=', id)
    .execute()
  return fetched
}

async function conclude(
  ctx: AuthContext,
  trx: AuthDatabase,
  { arrival, assertion, user }: { readonly arrival: Arrival; readonly assertion: Assertion; readonly user: User },
  client: ClientInfo,
) {
  const now = ctx.clock()
  const { flowId, provider } = arrival
  const flow = flowId
    ? await trx.selectFrom('auth.flow_state').selectAll().where('id', '=', flowId).forUpdate().executeTakeFirst()
    : undefined
  const code = flow?.code_challenge ? flow.auth_code : null
  const spent = { entityId: provider.entity_id, assertion, flowId: code === null ? undefined : flowId }
  await spendAssertion(trx, spent, now)
  if (!flow || code === null) {
    if (flow) await trx.deleteFrom('auth.flow_state').where('id', '=', flow.id).execute()
    const notAfter = assertion.sessionNotOnOrAfter
    const session = await startSession(trx, user.id, 'sso/saml', client, now, { notAfter })
    return { kind: 'session', session: await sessionResponse(ctx, trx, session, now) } as const
  }
  if (flow.user_id) throw new AuthError(400, 'flow_state_already_used', 'State has already been used')
  await trx
    .updateTable('auth.flow_state')
    .set({ user_id: user.id, auth_code_issued_at: now, updated_at: now })
    .where('id', '=', flow.id)
    .execute()
  return { kind: 'code', code } as const
}
