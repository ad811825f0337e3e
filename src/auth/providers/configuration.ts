import type { ClientAuth, Configuration, ServerMetadata } from 'openid-client'
import { isJsonObject } from '../json.ts'
import type { OAuthDefinition } from './apis/index.ts'
import type { Definition } from './definitions.ts'
import type { ProviderSettings } from './provider.ts'

/** Where the secret goes when a code is redeemed (RFC 6749, section 2.3.1). */
export type SecretPlace = 'header' | 'body'

/** Seconds. */
export const patience = 10

/** What openid-client needs to speak to a provider. */
export async function configure(
  definition: Definition,
  { clientIds: [clientId = ''], secret }: ProviderSettings,
  place: SecretPlace,
  fetch: typeof globalThis.fetch,
): Promise<Configuration> {
  const client = await import('openid-client')
  const prove = place === 'header' ? client.ClientSecretBasic : client.ClientSecretPost
  const authentication = secret === '' ? client.None() : prove(secret)
  const issuer = new URL(definition.issuer)
  const insecure = issuer.protocol === 'http:' ? [client.allowInsecureRequests] : []
  const configuration =
    definition.kind === 'oidc' && !definition.published
      ? await client.discovery(issuer, clientId, {}, authentication, {
          [client.customFetch]: (url, init) => fetch(url, init as RequestInit),
          timeout: patience,
          execute: [...insecure, client.enableNonRepudiationChecks],
        })
      : await known(definition, clientId, authentication)
  if (definition.kind === 'oauth') for (const execute of insecure) execute(configuration)
  configuration[client.customFetch] = async (url, init) => {
    const response = await fetch(url, init as RequestInit)
    return definition.kind === 'oauth' && url === definition.token ? await plain(response, definition) : response
  }
  return configuration
}

/** One whose endpoints need not be looked for. */
async function known(definition: Definition, clientId: string, authentication: ClientAuth): Promise<Configuration> {
  const client = await import('openid-client')
  const server = definition.kind === 'oauth' ? serverOf(definition) : await definition.published?.document()
  const configuration = new client.Configuration(server as ServerMetadata, clientId, {}, authentication)
  configuration.timeout = patience
  if (definition.kind === 'oidc') client.enableNonRepudiationChecks(configuration)
  return configuration
}

function serverOf({ issuer, authorize, token }: OAuthDefinition) {
  return { issuer, authorization_endpoint: authorize, token_endpoint: token }
}

/**
 * Some list the scopes that they gave, where OAuth has them in one text (RFC 6749, section 5.1). Who signs the ID tokens of
 * one that the project describes by its endpoints is not known: such a token says nothing.
 */
async function plain(response: Response, { own }: OAuthDefinition): Promise<Response> {
  const answer: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  if (!isJsonObject(answer) || !(Array.isArray(answer.scope) || (own && 'id_token' in answer))) return response
  const { id_token, scope, ...rest } = answer
  const kept = {
    ...(id_token !== undefined && !own && { id_token }),
    scope: Array.isArray(scope) ? scope.join(' ') : scope,
  }
  return Response.json({ ...rest, ...kept }, { status: response.status })
}
