import { randomUUID } from 'node:crypto'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { type AuthDatabase, isUniqueViolation } from '../database/index.ts'
import { assertValid, type SsoProviderRequest, storedMapping } from './provider-request.ts'
import { findByDomain, findByEntityId, findById, requireSsoProvider, type SsoProvider } from './providers.ts'
import { readMetadata } from './sso-metadata.ts'

type Context = Pick<AuthContext, 'db' | 'clock' | 'ssoMetadata'>

/** Adds an identity provider. */
export async function createSsoProvider(ctx: Context, request: SsoProviderRequest): Promise<SsoProvider> {
  assertValid(request, true)
  const metadata = await metadataOf(ctx, request)
  const { entityId } = await readMetadata(metadata)
  if (await findByEntityId(ctx.db, entityId)) throw entityTaken(entityId)
  const domains = distinct(request.domains ?? [])
  for (const domain of domains) {
    const other = await findByDomain(ctx.db, domain)
    if (other) throw domainTaken(`SSO Domain '${domain}' is already assigned to an SSO identity provider (${other.id})`)
  }
  const [id, now] = [randomUUID(), ctx.clock()]
  const times = { created_at: now, updated_at: now }
  const create = ctx.db.transaction().execute(async (trx) => {
    const { resource_id, disabled } = request
    await trx
      .insertInto('auth.sso_providers')
      .values({ id, resource_id: resource_id || null, disabled: disabled ?? null, ...times })
      .execute()
    await trx
      .insertInto('auth.saml_providers')
      .values({
        id: randomUUID(),
        sso_provider_id: id,
        entity_id: entityId,
        metadata_xml: metadata,
        metadata_url: request.metadata_url || null,
        attribute_mapping: JSON.stringify(storedMapping(request.attribute_mapping ?? {})),
        name_id_format: request.name_id_format || null,
        ...times,
      })
      .execute()
    await addDomains(trx, id, domains, now)
    return await findById(trx, id)
  })
  return (await create.catch((error: unknown) => rethrow(error, entityId))) ?? gone()
}

/** Changes what was said, and leaves the rest; a provider stays the one that its entity id names. */
export async function updateSsoProvider(ctx: Context, name: string, request: SsoProviderRequest): Promise<SsoProvider> {
  const provider = await requireSsoProvider(ctx, name)
  assertValid(request, false)
  const { id, entity_id: entityId } = provider
  const isNewMetadata = request.metadata_xml !== '' || request.metadata_url !== ''
  const metadata = isNewMetadata ? await metadataOf(ctx, request) : undefined
  const said = metadata === undefined ? entityId : (await readMetadata(metadata)).entityId
  if (said !== entityId) {
    const message = `SAML Metadata can be updated only if the EntityID matches for the provider; expected '${entityId}' but got '${said}'`
    throw new AuthError(400, 'saml_entity_id_mismatch', message)
  }
  for (const domain of request.domains ?? []) {
    const other = await findByDomain(ctx.db, domain)
    if (other && other.id !== id) {
      throw domainTaken(`SSO domain '${domain}' already assigned to another provider (${other.id})`)
    }
  }
  const { resource_id, disabled, domains, attribute_mapping: mapping, name_id_format: format } = request
  const now = ctx.clock()
  const update = ctx.db.transaction().execute(async (trx) => {
    await trx
      .updateTable('auth.sso_providers')
      .set({
        ...(resource_id !== undefined && { resource_id: resource_id || null }),
        ...(disabled !== undefined && { disabled }),
        updated_at: now,
      })
      .where('id', '=', id)
      .execute()
    await trx
      .updateTable('auth.saml_providers')
      .set({
        ...(metadata !== undefined && { metadata_xml: metadata, metadata_url: request.metadata_url || null }),
        ...(mapping?.keys && { attribute_mapping: JSON.stringify(storedMapping(mapping)) }),
        ...(format !== undefined && { name_id_format: format || null }),
        // It says how old the metadata is.
        ...(metadata !== undefined && { updated_at: now }),
        sso_provider_id: id,
      })
      .where('sso_provider_id', '=', id)
      .execute()
    if (domains) await replaceDomains(trx, provider, distinct(domains), now)
    return await findById(trx, id)
  })
  return (await update.catch((error: unknown) => rethrow(error, entityId))) ?? gone()
}

/** Takes a provider away, and answers what it was. Its users stay, and cannot sign in. */
export async function deleteSsoProvider(ctx: Context, name: string): Promise<SsoProvider> {
  const provider = await requireSsoProvider(ctx, name)
  await ctx.db.deleteFrom('auth.sso_providers').where('id', '=', provider.id).execute()
  return provider
}

async function metadataOf({ ssoMetadata }: Context, request: SsoProviderRequest): Promise<string> {
  return request.metadata_url === '' ? request.metadata_xml : await ssoMetadata.fetch(request.metadata_url)
}

async function replaceDomains(trx: AuthDatabase, { id, domains }: SsoProvider, wanted: readonly string[], now: Date) {
  const known = new Set(domains.map(({ domain }) => domain))
  await trx
    .deleteFrom('auth.sso_domains')
    .where('sso_provider_id', '=', id)
    .$if(wanted.length > 0, (query) => query.where('domain', 'not in', wanted))
    .execute()
  const added = wanted.filter((domain) => !known.has(domain))
  await addDomains(trx, id, added, now)
}

async function addDomains(trx: AuthDatabase, id: string, domains: readonly string[], now: Date): Promise<void> {
  if (domains.length === 0) return
  const rows = domains.map((domain) => ({
    ...{ id: randomUUID(), sso_provider_id: id, domain },
    ...{ created_at: now, updated_at: now },
  }))
  await trx.insertInto('auth.sso_domains').values(rows).execute()
}

/** One domain counts once, however it is written. */
function distinct(domains: readonly string[]): readonly string[] {
  return [...new Map(domains.map((domain) => [domain.toLowerCase(), domain])).values()]
}

/** What another administrator did at the same time. */
function rethrow(error: unknown, entityId: string): never {
  if (isUniqueViolation(error, 'saml_providers_entity_id_key')) throw entityTaken(entityId)
  if (isUniqueViolation(error, 'sso_domains_domain_idx')) throw domainTaken('SSO Domain is already assigned')
  if (isUniqueViolation(error, 'sso_providers_resource_id_idx')) {
    throw new AuthError(422, 'conflict', 'Another SSO provider has this resource_id')
  }
  throw error
}

function entityTaken(entityId: string): AuthError {
  const message = `SAML Identity Provider with this EntityID (${entityId}) already exists`
  return new AuthError(422, 'saml_idp_already_exists', message)
}

function domainTaken(message: string): AuthError {
  return new AuthError(400, 'sso_domain_already_exists', message)
}

function gone(): never {
  throw new AuthError(404, 'sso_provider_not_found', 'SSO Identity Provider not found')
}
