import { randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { type AuthTables, isUniqueViolation } from '../database/index.ts'
import { type Issuer, storedPart } from './discovery.ts'
import {
  addressesOf,
  assertAllowed,
  assertComplete,
  assertPrefix,
  isIdentifier,
  type ProviderRequest,
  type ProviderType,
} from './provider-request.ts'

/** A provider that an administrator of the project added. */
export type CustomProvider = Selectable<AuthTables['auth.custom_oauth_providers']>

type Context = Pick<AuthContext, 'db' | 'clock' | 'discovery' | 'publicNetwork'>

export async function createCustomProvider(ctx: Context, request: ProviderRequest): Promise<CustomProvider> {
  const { db, clock, discovery } = ctx
  assertComplete(request)
  assertAllowed(request)
  const { provider_type: type, identifier } = request
  await assertAddresses(ctx, type, request)
  if (await findCustomProvider(db, identifier)) throw taken()
  const now = clock()
  const own = { issuer: request.issuer, discovery_url: request.discovery_url || null }
  const document = type === 'oidc' ? storedPart(await discovery.discover(issuerOf(own))) : undefined
  return await db
    .insertInto('auth.custom_oauth_providers')
    .values({
      ...{ id: randomUUID(), provider_type: type, identifier, name: request.name, client_id: request.client_id },
      client_secret: request.client_secret,
      acceptable_client_ids: [...(request.acceptable_client_ids ?? [])],
      scopes: scopesOf(type, request.scopes ?? []),
      pkce_enabled: request.pkce_enabled ?? true,
      attribute_mapping: JSON.stringify(request.attribute_mapping ?? {}),
      custom_claims_allowlist: [...(request.custom_claims_allowlist ?? [])],
      authorization_params: JSON.stringify(request.authorization_params ?? {}),
      enabled: request.enabled ?? true,
      email_optional: request.email_optional ?? false,
      skip_nonce_check: type === 'oidc' && (request.skip_nonce_check ?? false),
      ...(type === 'oidc' && own),
      ...(document && { cached_discovery: JSON.stringify(document), discovery_cached_at: now }),
      ...(type === 'oauth2' && {
        ...{ authorization_url: request.authorization_url, token_url: request.token_url },
        ...{ userinfo_url: request.userinfo_url, jwks_uri: request.jwks_uri || null },
      }),
      ...{ created_at: now, updated_at: now },
    })
    .returningAll()
    .executeTakeFirstOrThrow()
    .catch((cause: unknown) => {
      throw isUniqueViolation(cause, 'custom_oauth_providers_identifier_key') ? taken() : cause
    })
}

/** The latest first. */
export async function listCustomProviders({ db }: Context, type: string): Promise<readonly CustomProvider[]> {
  if (type !== '' && type !== 'oauth2' && type !== 'oidc') throw invalid("type must be either 'oauth2' or 'oidc'")
  let query = db.selectFrom('auth.custom_oauth_providers').selectAll()
  if (type !== '') query = query.where('provider_type', '=', type)
  return await query.orderBy('created_at', 'desc').orderBy('id').execute()
}

export async function findCustomProvider(
  db: AuthContext['db'],
  identifier: string,
): Promise<CustomProvider | undefined> {
  if (!isIdentifier(identifier)) return undefined
  return await db
    .selectFrom('auth.custom_oauth_providers')
    .selectAll()
    .where('identifier', '=', identifier)
    .executeTakeFirst()
}

/** The provider of an identifier, or GoTrue's error. */
export async function readCustomProvider({ db }: Context, identifier: string): Promise<CustomProvider> {
  assertPrefix(identifier)
  return (await findCustomProvider(db, identifier)) ?? notFound()
}

/** Changes what was said, and leaves the rest; what kind of provider it is and what it is called stay. */
export async function updateCustomProvider(
  ctx: Context,
  identifier: string,
  request: ProviderRequest,
): Promise<CustomProvider> {
  const { db, clock, discovery } = ctx
  assertPrefix(identifier)
  assertAllowed(request)
  const provider = await readCustomProvider(ctx, identifier)
  const { id, provider_type: type } = provider
  await assertAddresses(ctx, type, request)
  const now = clock()
  const said = <Name extends keyof ProviderRequest>(...names: readonly Name[]) =>
    Object.fromEntries(names.flatMap((name) => (request[name] ? [[name, request[name]]] : [])))
  const own = type === 'oidc' ? said('issuer', 'discovery_url') : {}
  const isElsewhere = type === 'oidc' && (request.issuer !== '' || request.discovery_url !== undefined)
  if (isElsewhere) discovery.forget(issuerOf(provider))
  const document = isElsewhere ? await discovery.discover(issuerOf({ ...provider, ...own })) : undefined
  const updated = await db
    .updateTable('auth.custom_oauth_providers')
    .set({
      ...said('name', 'client_id', 'client_secret'),
      ...own,
      ...(type === 'oauth2' && said('authorization_url', 'token_url', 'userinfo_url', 'jwks_uri')),
      ...(type === 'oidc' && request.skip_nonce_check !== undefined && { skip_nonce_check: request.skip_nonce_check }),
      ...(request.acceptable_client_ids && { acceptable_client_ids: [...request.acceptable_client_ids] }),
      ...(request.scopes && { scopes: scopesOf(type, request.scopes) }),
      ...(request.custom_claims_allowlist && { custom_claims_allowlist: [...request.custom_claims_allowlist] }),
      ...(request.attribute_mapping && { attribute_mapping: JSON.stringify(request.attribute_mapping) }),
      ...(request.authorization_params && { authorization_params: JSON.stringify(request.authorization_params) }),
      ...(request.pkce_enabled !== undefined && { pkce_enabled: request.pkce_enabled }),
      ...(request.enabled !== undefined && { enabled: request.enabled }),
      ...(request.email_optional !== undefined && { email_optional: request.email_optional }),
      ...(document && { cached_discovery: JSON.stringify(storedPart(document)), discovery_cached_at: now }),
      updated_at: now,
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return updated ?? notFound()
}

export async function deleteCustomProvider({ db, discovery }: Context, identifier: string): Promise<void> {
  assertPrefix(identifier)
  const deleted = isIdentifier(identifier)
    ? await db
        .deleteFrom('auth.custom_oauth_providers')
        .where('identifier', '=', identifier)
        .returning(['issuer', 'discovery_url'])
        .executeTakeFirst()
    : undefined
  if (!deleted) return notFound()
  discovery.forget(issuerOf(deleted))
}

/** Where a provider says what it is; `discovery_url` overrules the place that follows from its name. */
export function issuerOf(provider: Pick<CustomProvider, 'issuer' | 'discovery_url'>): Issuer {
  const issuer = provider.issuer ?? ''
  const standard = `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`
  return { issuer, discoveryUrl: provider.discovery_url || standard }
}

async function assertAddresses({ publicNetwork }: Context, type: ProviderType, request: ProviderRequest) {
  for (const url of addressesOf(type, request)) await publicNetwork.assertPublic(url)
}

/** OpenID Connect needs its own scope. */
function scopesOf(type: ProviderType, scopes: readonly string[]): string[] {
  return type === 'oidc' && !scopes.includes('openid') ? ['openid', ...scopes] : [...scopes]
}

function taken(): AuthError {
  return new AuthError(400, 'conflict', 'A custom OAuth provider with this identifier already exists')
}

function notFound(): never {
  throw new AuthError(404, 'custom_provider_not_found', 'Custom OAuth provider not found')
}

function invalid(message: string): AuthError {
  return new AuthError(400, 'validation_failed', message)
}
