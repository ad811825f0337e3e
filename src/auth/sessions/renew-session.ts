import { sql } from 'kysely'
import { type AuditAction, type AuditEvent, auditEntry } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { ClientInfo } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import type { AuthenticationMethod } from '../tokens/index.ts'
import { factorsOfUser, identitiesOfUser, nilUuid, type User } from '../users/index.ts'
import { type Assurance, assuranceBy, methodsOf } from './assurance.ts'

/** A use of a session's refresh token that was found to be good. */
export interface Renewal {
  readonly sessionId: string
  readonly actor: AuditEvent['actor']
  readonly client: ClientInfo
  /** The token that is spent by it and the one that takes its place; undefined for one that was spent before. */
  readonly rotation: { readonly spent: string; readonly next: string } | undefined
}

/** Writes down that a session was renewed, in one statement, and answers what its token is to say. */
export async function renewSession(
  trx: AuthDatabase,
  { sessionId, actor, client, rotation }: Renewal,
  now: Date,
): Promise<{ readonly user: User; readonly assurance: Assurance }> {
  const at = sql`${now}::timestamptz`
  const actions: readonly AuditAction[] = rotation ? ['token_refreshed', 'token_revoked'] : ['token_refreshed']
  const entries = actions.map((action) => {
    const { instance_id, id, payload, ip_address } = auditEntry({ action, actor, client }, now)
    return sql`(${instance_id}::uuid, ${id}::uuid, ${payload}::json, ${at}, ${ip_address})`
  })
  const rotated = rotation
    ? sql`, spent as (
        update auth.refresh_tokens set revoked = true, updated_at = ${at} where token = ${rotation.spent}
      ), next as (
        insert into auth.refresh_tokens
          (instance_id, token, user_id, session_id, parent, revoked, created_at, updated_at)
        values (${nilUuid}, ${rotation.next}, ${actor.id}, ${sessionId}, ${rotation.spent}, false, ${at}, ${at})
      )`
    : sql``
  const { rows } = await sql<User & { readonly amr: readonly AuthenticationMethod[] }>`
    with touched as (
      update auth.sessions set refreshed_at = ${at} at time zone 'utc', updated_at = ${at},
        user_agent = ${client.userAgent}, ip = ${client.ip}::inet where id = ${sessionId}
    ), events as (
      insert into auth.audit_log_entries (instance_id, id, payload, created_at, ip_address) values ${sql.join(entries)}
    )${rotated}
    select u.*, ${identitiesOfUser} as identities, ${factorsOfUser} as factors, ${methodsOf(sessionId)} as amr
    from auth.users u where u.id = ${actor.id}`.execute(trx)
  const [row] = rows
  if (!row) throw new AuthError(403, 'user_not_found', 'User not found')
  const { amr, ...user } = row
  return { user, assurance: assuranceBy(amr, user) }
}
