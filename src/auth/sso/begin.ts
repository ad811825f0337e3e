import { randomUUID } from 'node:crypto'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { beginSsoFlow, type Challenge } from '../pkce/index.ts'
import { authnRequestUrl, nameIdFormats, newRequestId, readIdentityProvider } from '../saml/index.ts'
import { isUuid } from '../uuid.ts'
import { invalid } from './provider-request.ts'
import { findByDomain, findById, type SsoProvider } from './providers.ts'

export interface SsoRequest {
  readonly providerId: string
  readonly domain: string
  /** Where the user wants to end up; looked at when they come back. */
  readonly redirectTo: string
  readonly challenge: Challenge | undefined
}

/** It is kept until the user comes back. */
const longestRedirect = 4096

/** Begins a sign-in at an organisation's identity provider, and answers where the browser has to go. */
export async function beginSso(ctx: AuthContext, { redirectTo, challenge, ...named }: SsoRequest): Promise<URL> {
  if (redirectTo.length > longestRedirect) throw invalid('redirect_to is too long')
  const provider = await chooseProvider(ctx, named)
  assertEnabled(provider, 'SSO Provider is currently disabled')
  const { ssoUrl } = await readIdentityProvider(provider.metadata_xml)
  if (ssoUrl === undefined) {
    const message = 'The SSO provider takes no requests by HTTP-Redirect: sign in at the provider itself'
    throw new AuthError(500, 'unexpected_failure', message)
  }
  const now = ctx.clock()
  const [relayState, requestId] = [randomUUID(), newRequestId()]
  await ctx.db.transaction().execute(async (trx) => {
    const flowId = await beginSsoFlow(trx, { redirectTo, challenge }, now)
    await trx
      .insertInto('auth.saml_relay_states')
      .values({
        ...{ id: relayState, sso_provider_id: provider.id, request_id: requestId },
        ...{ redirect_to: redirectTo, flow_state_id: flowId, created_at: now, updated_at: now },
      })
      .execute()
  })
  const nameIdFormat = provider.name_id_format ?? nameIdFormats.persistent
  const asked = { destination: ssoUrl, nameIdFormat }
  return authnRequestUrl(ctx.serviceProvider(), asked, { id: requestId, relayState, now })
}

async function chooseProvider(
  { db }: AuthContext,
  { providerId, domain }: Pick<SsoRequest, 'providerId' | 'domain'>,
): Promise<SsoProvider> {
  if (providerId !== '' && domain !== '') throw invalid('Only one of provider_id or domain supported')
  if (providerId === '' && domain === '') throw invalid('A provider_id or domain needs to be provided')
  if (domain !== '') return (await findByDomain(db, domain)) ?? missing('No SSO provider assigned for this domain')
  if (!isUuid(providerId)) {
    throw new AuthError(400, 'bad_json', 'Could not parse request body as JSON: provider_id is no UUID')
  }
  return (await findById(db, providerId)) ?? missing('No such SSO provider')
}

export function assertEnabled({ disabled }: SsoProvider, message: string): void {
  if (disabled) throw new AuthError(404, 'sso_provider_disabled', message)
}

function missing(message: string): never {
  throw new AuthError(404, 'sso_provider_not_found', message)
}
