import { type RawBuilder, sql } from 'kysely'
import type { AuthDatabase } from './database/index.ts'
import type { SessionSettings } from './settings/index.ts'

const day = 24 * 60 * 60

/** Rows that go at once: what is in use is passed over, and nobody waits long. */
const batch = 1000

interface Stale {
  readonly table: string
  readonly where: RawBuilder<unknown>
}

/**
 * Forgets what nobody can use any more, as GoTrue does: refresh tokens a day after they were spent, sessions a day after
 * their end, and what was begun and not brought to an end within a day.
 */
export async function forgetSpent(db: AuthDatabase, settings: SessionSettings, now: Date): Promise<void> {
  const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000)
  const stale: readonly Stale[] = [
    { table: 'refresh_tokens', where: sql`revoked and updated_at < ${ago(day)}` },
    { table: 'sessions', where: sql`not_after < ${ago(day)}` },
    ...(settings.timebox > 0 ? [{ table: 'sessions', where: sql`created_at < ${ago(settings.timebox + day)}` }] : []),
    ...(settings.inactivityTimeout > 0
      ? [
          {
            table: 'sessions',
            where: sql`coalesce(refreshed_at at time zone 'UTC', created_at) < ${ago(settings.inactivityTimeout + day)}`,
          },
        ]
      : []),
    { table: 'mfa_challenges', where: sql`created_at < ${ago(day)}` },
    { table: 'mfa_factors', where: sql`status = 'unverified' and created_at < ${ago(day)}` },
    { table: 'webauthn_challenges', where: sql`expires_at < ${ago(day)}` },
    { table: 'saml_relay_states', where: sql`created_at < ${ago(day)}` },
    { table: 'flow_state', where: sql`created_at < ${ago(day)}` },
    { table: 'oauth_client_states', where: sql`created_at < ${ago(day)}` },
    { table: 'oauth_authorizations', where: sql`expires_at < ${ago(day)}` },
  ]
  for (const one of stale) while ((await forget(db, one)) === batch);
}

async function forget(db: AuthDatabase, { table, where }: Stale): Promise<number> {
  const name = sql.id('auth', table)
  const { numAffectedRows } = await sql`
    delete from ${name} where id in (select id from ${name} where ${where} limit ${batch} for update skip locked)`.execute(
    db,
  )
  return Number(numAffectedRows ?? 0)
}
