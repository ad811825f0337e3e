import type { SignedIn } from '../account/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { isCustomProvider, requireIdTokenProvider } from '../custom-providers/index.ts'
import { failingAs } from '../database/index.ts'
import { definitionOf, type IdTokenProof, isKnownProvider, type Provider } from '../providers/index.ts'
import { type SessionResponse, sessionResponse, sessionTransaction, startSession } from '../sessions/index.ts'
import { onceMoreIfTaken } from '../sign-in/index.ts'
import { isContactTaken, isIdentityTaken } from '../users/index.ts'
import { admit } from './admit.ts'
import { announce, follow } from './around-admission.ts'
import { linkIdentity } from './link-identity.ts'

export interface IdTokenSignIn extends IdTokenProof {
  readonly provider: string
  /** An older way to name the provider. */
  readonly issuer: string
  readonly clientId: string
  /** Whom the identity is to be added to; undefined for signing in. */
  readonly linkTo: SignedIn | undefined
}

/** Signs in with an ID token that an app got from a provider natively, without a browser. */
export async function signInWithIdToken(
  ctx: AuthContext,
  request: IdTokenSignIn,
  client: ClientInfo,
): Promise<SessionResponse> {
  if (request.idToken === '') throw invalid('id_token required')
  if (request.provider === '' && (request.clientId === '' || request.issuer === '')) {
    throw invalid('provider or client_id and issuer required')
  }
  const provider = isCustomProvider(request.provider)
    ? await requireIdTokenProvider(ctx, request.provider)
    : chooseProvider(ctx, request)
  const profile = await ctx.idTokens.verify(provider, request)
  const { name } = provider
  const { emailOptional } = provider.settings
  const newId = request.linkTo ? undefined : await announce(ctx, name, profile, client)
  const attempt = () =>
    sessionTransaction(ctx, async (trx) => {
      const admission = request.linkTo
        ? await linkIdentity(ctx, trx, { userId: request.linkTo.user.id, provider: name, profile }, client)
        : await admit(ctx, trx, { provider: name, profile, newId, emailOptional }, client)
      if (admission.kind === 'unverified') return { admission, response: undefined }
      const now = ctx.clock()
      const session = await startSession(trx, admission.user.id, 'oauth', client, now)
      return { admission, response: await sessionResponse(ctx, trx, session, now) }
    })
  const taken = (error: unknown) => isContactTaken(error) || isIdentityTaken(error)
  const { admission, response } = await failingAs('Internal Server Error', onceMoreIfTaken(attempt, taken))
  await follow(ctx, admission, { provider: name, linked: request.linkTo !== undefined }, client)
  if (!response) throw new Error('a verified admission was not concluded')
  return response
}

/** By name, or by the issuer that it has in the configuration: never by what the token says. */
function chooseProvider({ providers }: AuthContext, { provider: name, issuer }: IdTokenSignIn): Provider {
  const chosen =
    providers.get(name.toLowerCase()) ??
    [...providers.values()].find(({ definition }) => name === '' && definition.issuer === issuer)
  if (!chosen && name !== '' && !isKnownProvider(name)) throw notAllowed(name)
  if (!chosen) {
    const message = `Provider (issuer ${JSON.stringify(issuer || issuerOf(name))}) is not enabled`
    throw new AuthError(400, 'provider_disabled', message)
  }
  if (chosen.definition.kind === 'oidc' || chosen.definition.idTokenIssuer) return chosen
  throw notAllowed(name)
}

/** Who signs for a provider, by its name. */
function issuerOf(name: string): string {
  const definition = definitionOf(name, undefined)
  return (definition?.kind === 'oidc' ? definition.issuer : definition?.idTokenIssuer) ?? name
}

function notAllowed(name: string): AuthError {
  return new AuthError(400, 'validation_failed', `Custom OIDC provider ${JSON.stringify(name)} not allowed`)
}

function invalid(message: string): AuthError {
  return new AuthError(400, 'validation_failed', message, { oauth: 'invalid request' })
}
