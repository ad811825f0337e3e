import { type Selectable, sql } from 'kysely'
import { jsonArrayFrom } from 'kysely/helpers/postgres'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import type { AuthDatabase, AuthTables } from '../database/index.ts'
import { isUuid } from '../uuid.ts'

type Saml = Selectable<AuthTables['auth.saml_providers']>

/** An organisation's identity provider, with the domains of the addresses that it answers for. */
export interface SsoProvider
  extends Selectable<AuthTables['auth.sso_providers']>,
    Pick<Saml, 'entity_id' | 'metadata_xml' | 'metadata_url' | 'name_id_format'> {
  readonly attribute_mapping: Saml['attribute_mapping'] | null
  /** When the metadata was written down. */
  readonly metadata_at: Date
  readonly domains: readonly { readonly domain: string }[]
}

function select(db: AuthDatabase) {
  return db
    .selectFrom('auth.sso_providers as p')
    .innerJoin('auth.saml_providers as s', 's.sso_provider_id', 'p.id')
    .selectAll('p')
    .select(['s.entity_id', 's.metadata_xml', 's.metadata_url', 's.name_id_format', 's.attribute_mapping'])
    .select(['s.updated_at as metadata_at'])
    .select((eb) =>
      jsonArrayFrom(
        eb
          .selectFrom('auth.sso_domains as d')
          .select('d.domain')
          .whereRef('d.sso_provider_id', '=', 'p.id')
          .orderBy('d.created_at')
          .orderBy('d.domain'),
      ).as('domains'),
    )
}

export async function findById(db: AuthDatabase, id: string): Promise<SsoProvider | undefined> {
  return await select(db).where('p.id', '=', id).executeTakeFirst()
}

export async function findByEntityId(db: AuthDatabase, entityId: string): Promise<SsoProvider | undefined> {
  return await select(db).where('s.entity_id', '=', entityId).executeTakeFirst()
}

/** In any case: the table holds a domain once, however it is written. */
export async function findByDomain(db: AuthDatabase, domain: string): Promise<SsoProvider | undefined> {
  return await select(db)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('auth.sso_domains as d')
          .whereRef('d.sso_provider_id', '=', 'p.id')
          .where(sql`lower(d.domain)`, '=', domain.toLowerCase()),
      ),
    )
    .executeTakeFirst()
}

/** The oldest first, of one `resource_id` or of those that begin alike. */
export async function listSsoProviders(
  { db }: Pick<AuthContext, 'db'>,
  { resourceId, prefix }: { readonly resourceId: string; readonly prefix: string },
): Promise<readonly SsoProvider[]> {
  let query = select(db)
  if (resourceId !== '') query = query.where('p.resource_id', '=', resourceId)
  else if (prefix !== '') query = query.where(sql<boolean>`starts_with(p.resource_id, ${prefix})`)
  return await query.orderBy('p.created_at').orderBy('p.id').execute()
}

/** By its id, or as `resource_NAME` by the one that the administrator chose. */
export async function requireSsoProvider({ db }: Pick<AuthContext, 'db'>, name: string): Promise<SsoProvider> {
  const resourceId = name.startsWith('resource_') ? name.slice('resource_'.length) : undefined
  const query = select(db)
  const provider =
    resourceId !== undefined && !resourceId.includes('\0')
      ? await query.where('p.resource_id', '=', resourceId).executeTakeFirst()
      : isUuid(name)
        ? await query.where('p.id', '=', name).executeTakeFirst()
        : undefined
  if (provider) return provider
  throw new AuthError(404, 'sso_provider_not_found', 'SSO Identity Provider not found')
}

/** What identities and users have for the name of their provider. */
export function identityProviderName({ id }: Pick<SsoProvider, 'id'>): string {
  return `sso:${id}`
}
