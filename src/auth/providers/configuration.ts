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
    return url === configuration.serverMetadata().token_endpoint ? await plain(response, definition) : response
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
 * What came for a code, as OAuth has it (RFC 6749, section 5.1). Some list the scopes that they gave, where it has them in one
 * text; some leave out what kind of token it is, which then is a bearer's. Who signs the ID tokens of one that the project
 * describes by its endpoints is not known: such a token says nothing.
 */
async function plain(response: Response, { kind, own }: Definition): Promise<Response> {
  const answer: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  if (!isJsonObject(answer) || !response.ok) return response
  const { id_token, scope, token_type, ...rest } = answer
  return Response.json({
    ...rest,
    token_type: token_type || 'bearer',
    ...(id_token !== undefined && !(own && kind === 'oauth') && { id_token }),
    ...(scope !== undefined && { scope: Array.isArray(scope) ? scope.join(' ') : scope }),
  })
}
