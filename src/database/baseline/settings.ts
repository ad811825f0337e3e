import { sql } from 'kysely'
import pg from 'pg'
import type { Observe } from '#observe'
import { rows } from '../administer.ts'
import type { BaselineOptions } from './options.ts'
import { scramVerifier, verifies } from './scram.ts'

/** The roles one logs in as with the database's password: the project's own, and three of Portico's services. */
const loginRoles = ['postgres', 'authenticator', 'supabase_auth_admin', 'supabase_storage_admin']

interface Kept {
  readonly name: string
  readonly owner: string
  readonly embedded: boolean
  /** Whether `postgres` may make schemas in it. */
  readonly open: boolean
  readonly settings: readonly string[] | null
  readonly roles: readonly { name: string; super: boolean; verifier: string | null }[]
}

/**
 * Brings passwords and the database's own settings to what the configuration says. They are no part of a migration:
 * they change with the configuration, and a database made from a template inherits neither them nor its owner.
 */
export async function applySettings(client: pg.ClientBase, options: BaselineOptions, observe: Observe): Promise<void> {
  const kept = await readKept(client)
  await setPasswords(client, kept, options.databasePassword)
  await letProjectCreate(client, kept)

  const wanted: [name: string, value: string | undefined][] = [
    ['search_path', '"$user", public, extensions'],
    ['app.settings.jwt_secret', options.jwtSecret],
    ['app.settings.jwt_exp', options.jwtSecret === undefined ? undefined : String(options.jwtExpiry)],
  ]
  for (const [name, value] of wanted) {
    const entry = kept.settings?.find((setting) => setting.startsWith(`${name}=`))
    if (value !== undefined && entry === undefined && name === 'search_path') {
      // A list of names, not one string: it may not be quoted as a whole.
      await rows(client, sql`alter database ${sql.id(kept.name)} set search_path = "$user", public, extensions`)
    } else if (value !== undefined && name !== 'search_path' && entry !== `${name}=${value}`) {
      await setParameter(client, kept.name, name, value, observe)
    } else if (value === undefined && entry !== undefined) {
      await rows(client, sql`alter database ${sql.id(kept.name)} reset ${sql.id(name)}`)
    }
  }
}

/** The embedded database belongs to the project, so that `alter database` and `comment on schema public` work. */
async function letProjectCreate(client: pg.ClientBase, { name, embedded, owner, open }: Kept): Promise<void> {
  if (embedded && owner !== 'postgres') await rows(client, sql`alter database ${sql.id(name)} owner to postgres`)
  else if (!open) await rows(client, sql`grant all on database ${sql.id(name)} to postgres`)
}

async function setParameter(
  client: pg.ClientBase,
  database: string,
  name: string,
  value: string,
  observe: Observe,
): Promise<void> {
  try {
    await rows(client, sql`alter database ${sql.id(database)} set ${sql.id(name)} = ${sql.lit(value)}`)
  } catch (error) {
    // Only a superuser may make up parameters; nothing of Portico reads these.
    if (!(error instanceof pg.DatabaseError && error.code === '42501')) throw error
    observe({ kind: 'message', level: 'debug', text: `${name} is not set: the administrator is no superuser` })
  }
}

async function setPasswords(client: pg.ClientBase, { roles }: Kept, password: string): Promise<void> {
  const verifier = roles.find((role) => verifies(role.verifier, password))?.verifier ?? scramVerifier(password)
  for (const role of roles) {
    // A superuser called `postgres` was there before us; its password is its owner's.
    if (role.super || role.verifier === verifier) continue
    await rows(client, sql`alter role ${sql.id(role.name)} password ${sql.lit(verifier)}`)
  }
}

async function readKept(client: pg.ClientBase): Promise<Kept> {
  // Only a superuser may read verifiers; any other administrator sets the passwords anew each time.
  const [me] = await rows(
    client,
    sql<{ readable: boolean }>`select has_table_privilege('pg_authid', 'select') as readable`,
  )
  const verifier = me?.readable ? sql`(select a.rolpassword from pg_authid a where a.oid = r.oid)` : sql`null::text`
  const [kept] = await rows(
    client,
    sql<Kept>`
      select current_database() as name, current_user = 'supabase_admin' as embedded,
        (select pg_get_userbyid(d.datdba) from pg_database d where d.datname = current_database()) as owner,
        has_database_privilege('postgres', current_database(), 'create') as open,
        (select s.setconfig from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
         where d.datname = current_database() and s.setrole = 0) as settings,
        (select jsonb_agg(jsonb_build_object('name', r.rolname, 'super', r.rolsuper, 'verifier', ${verifier}))
         from pg_roles r where r.rolname = any(${loginRoles}) and r.rolname <> current_user) as roles`,
  )
  if (!kept) throw new Error('a statement without from gives one row')
  return { ...kept, roles: kept.roles ?? [] }
}
