import { randomUUID } from 'node:crypto'
import type { ClientInfo } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import type { JsonObject } from '../json.ts'
import type { User } from '../users/index.ts'

/** GoTrue's actions and the groups it sorts them into (internal/models/audit_log_entry.go). */
const groups = {
  login: 'account',
  logout: 'account',
  user_signedup: 'team',
  user_invited: 'team',
  user_deleted: 'team',
  invite_accepted: 'account',
  token_revoked: 'token',
  token_refreshed: 'token',
  user_modified: 'user',
  user_recovery_requested: 'user',
  user_reauthenticate_requested: 'user',
  user_confirmation_requested: 'user',
  user_repeated_signup: 'user',
  user_updated_password: 'user',
  identity_linked: 'user',
  identity_unlinked: 'user',
  factor_in_progress: 'factor',
  factor_unenrolled: 'factor',
  factor_updated: 'factor',
  factor_deleted: 'factor',
  challenge_created: 'factor',
  verification_attempted: 'factor',
  passkey_created: 'user',
  passkey_updated: 'user',
  passkey_deleted: 'user',
} as const

export type AuditAction = keyof typeof groups

/** Who did it; an administrator with the service's own key is nobody in particular. */
type Actor = Pick<User, 'id' | 'email' | 'phone' | 'is_sso_user' | 'raw_user_meta_data'>

/** The actor where a service's key did it. */
export const nobody: Actor = {
  id: '00000000-0000-0000-0000-000000000000',
  email: 'service_role',
  phone: null,
  is_sso_user: false,
  raw_user_meta_data: null,
}

export interface AuditEvent {
  readonly action: AuditAction
  readonly actor: Actor
  readonly client: ClientInfo
  /** What else is known; never a token, a code or a password. */
  readonly traits?: JsonObject
}

/** Writes down a security event in the transaction that it belongs to, in GoTrue's form. */
export async function recordEvent(trx: AuthDatabase, event: AuditEvent, now: Date): Promise<void> {
  await trx.insertInto('auth.audit_log_entries').values(auditEntry(event, now)).execute()
}

/** The row that an event is written down as. */
export function auditEntry({ action, actor, client, traits }: AuditEvent, now: Date) {
  const name = actor.raw_user_meta_data?.full_name
  const payload = {
    action,
    actor_id: actor.id,
    ...(name !== undefined && { actor_name: name }),
    actor_username: actor.phone || actor.email || '',
    actor_via_sso: actor.is_sso_user,
    log_type: groups[action],
    ...(traits && { traits }),
  }
  return {
    instance_id: '00000000-0000-0000-0000-000000000000',
    id: randomUUID(),
    payload: JSON.stringify(payload),
    created_at: now,
    ip_address: client.ip ?? '',
  }
}
