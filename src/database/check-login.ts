import { sql } from 'kysely'
import type pg from 'pg'
import { PorticoError } from '#errors'
import { administer, rows } from './administer.ts'

interface Login {
  readonly name: string
  readonly super: boolean
  /** The roles that it may not become. */
  readonly lacking: readonly { readonly name: string; readonly there: boolean }[]
}

/**
 * Looks at a login that somebody else administers: it has to be there, and it has to be allowed to become the roles
 * that callers come as. Nothing is changed.
 *
 * @returns whether it is a superuser, which it need not be
 * @throws PorticoError DATABASE_UNREACHABLE, CONFIG_INVALID
 */
export async function checkLogin(
  config: pg.ClientConfig,
  roles: readonly string[],
): Promise<{ readonly isSuperuser: boolean }> {
  const [login] = await administer(config, (client) =>
    rows(
      client,
      sql<Login>`
        select me.rolname as name, me.rolsuper as super, (
          select coalesce(jsonb_agg(jsonb_build_object('name', wanted, 'there', r.oid is not null)), '[]')
          from unnest(${[...roles]}::text[]) wanted left join pg_roles r on r.rolname = wanted
          -- Since Postgres 16 a membership may be one that does not let its member become the role.
          where not coalesce(pg_has_role(r.oid,
            case when current_setting('server_version_num')::int < 160000 then 'MEMBER' else 'SET' end), false)
        ) as lacking
        from pg_roles me where me.rolname = session_user`,
    ),
  )
  if (!login) throw new Error('the role that is logged in is none of pg_roles')
  if (login.lacking.length > 0) throw lacksRoles(login)
  return { isSuperuser: login.super }
}

function lacksRoles({ name, lacking }: Login): PorticoError {
  const missing = lacking.filter((role) => !role.there).map((role) => role.name)
  const refused = lacking.filter((role) => role.there).map((role) => role.name)
  const message = [
    'DATABASE_URL:',
    ...(missing.length > 0 ? [`the database has no role ${missing.join(', ')}, so it is not a Supabase's.`] : []),
    ...(refused.length > 0
      ? [`the role ${name} may not become ${refused.join(', ')}. Let it: grant ${refused.join(', ')} to ${name}`]
      : []),
  ].join(' ')
  return new PorticoError('CONFIG_INVALID', { message, details: { role: name, missing, refused } })
}
