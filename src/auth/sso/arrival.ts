import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { childOf, readXml, SamlError, textOf } from '../saml/index.ts'
import { isUuid } from '../uuid.ts'
import { assertEnabled } from './begin.ts'
import { invalid } from './provider-request.ts'
import { findByEntityId, findById, type SsoProvider } from './providers.ts'

/** Where somebody comes from, before it is known who. */
export interface Arrival {
  readonly provider: SsoProvider
  /** What the identity provider was asked; undefined where it came by itself. */
  readonly requestId: string | undefined
  readonly flowId: string | undefined
  /** Not looked at yet. */
  readonly redirectTo: string
  /** The XML of the response. */
  readonly response: string
}

const disabled = 'SSO Provider assigned for this domain is currently disabled'

/** Finds out by the relay state which sign-in goes on, or by the response whose provider came by itself. */
export async function readArrival(ctx: AuthContext, form: URLSearchParams): Promise<Arrival> {
  const relayState = form.get('RelayState') ?? ''
  const isRequested: boolean = isUuid(relayState)
  if (isRequested) return await requested(ctx, relayState, form)
  if (relayState !== '' && !URL.canParse(relayState) && !relayState.startsWith('/')) {
    throw invalid('SAML RelayState is not a valid UUID or URL')
  }
  if (form.get('SAMLart')) throw invalid('SAML Artifact response can only be used with SP initiated flow')
  if (!form.get('SAMLResponse')) throw invalid('SAMLResponse is missing')
  const response = decode(form)
  const provider = await findByEntityId(ctx.db, await issuerOf(response))
  if (!provider) {
    const message = 'A SAML connection has not been established with this Identity Provider'
    throw new AuthError(404, 'saml_idp_not_found', message)
  }
  assertEnabled(provider, disabled)
  return { provider, response, requestId: undefined, flowId: undefined, redirectTo: relayState }
}

/** A relay state is good once, whatever comes with it. */
async function requested({ db, clock, settings }: AuthContext, id: string, form: URLSearchParams): Promise<Arrival> {
  const state = await db.deleteFrom('auth.saml_relay_states').where('id', '=', id).returningAll().executeTakeFirst()
  if (!state) {
    const message = 'SAML RelayState does not exist, try logging in again?'
    throw new AuthError(404, 'saml_relay_state_not_found', message)
  }
  if (clock().getTime() >= state.created_at.getTime() + settings.saml.relayStateValidity * 1000) {
    const message = 'SAML RelayState has expired. Try logging in again?'
    throw new AuthError(422, 'saml_relay_state_expired', message)
  }
  const provider = await findById(db, state.sso_provider_id)
  if (!provider) {
    throw new AuthError(500, 'unexpected_failure', 'Unable to find SSO Provider from SAML RelayState')
  }
  assertEnabled(provider, disabled)
  const { request_id: requestId, flow_state_id: flowId, redirect_to: redirectTo } = state
  const response = decode(form)
  return { provider, response, requestId, flowId: flowId ?? undefined, redirectTo: redirectTo ?? '' }
}

function decode(form: URLSearchParams): string {
  const base64 = (form.get('SAMLResponse') ?? '').replace(/[\r\n]/g, '')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || base64.length % 4 !== 0) {
    throw invalid('SAMLResponse is not a valid Base64 string')
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64'))
  } catch {
    throw notXml()
  }
}

/** Whom the response says it is from: what follows proves it. */
async function issuerOf(response: string): Promise<string> {
  try {
    const issuer = childOf(await readXml(response), 'assertion', 'Issuer')
    return issuer ? textOf(issuer).trim() : ''
  } catch (error) {
    if (error instanceof SamlError) throw notXml()
    throw error
  }
}

function notXml(): AuthError {
  return invalid('SAMLResponse is not a valid XML SAML assertion')
}
