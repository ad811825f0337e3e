import { randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import { AuthError } from '../auth-error.ts'
import type { AuthDatabase, AuthTables } from '../database/index.ts'
import type { Credential } from '../webauthn/index.ts'

export type Passkey = Selectable<AuthTables['auth.webauthn_credentials']>

export async function findPasskeys(db: AuthDatabase, userId: string): Promise<Passkey[]> {
  return await db
    .selectFrom('auth.webauthn_credentials')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

/** A passkey of the user, or the error for one that there is not. */
export async function requirePasskey(db: AuthDatabase, userId: string, id: string): Promise<Passkey> {
  const passkey = (await findPasskeys(db, userId)).find((own) => own.id === id)
  if (passkey) return passkey
  throw new AuthError(404, 'validation_failed', 'Passkey not found')
}

export async function insertPasskey(
  trx: AuthDatabase,
  { userId, credential, name }: { readonly userId: string; readonly credential: Credential; readonly name: string },
  now: Date,
): Promise<Passkey> {
  return await trx
    .insertInto('auth.webauthn_credentials')
    .values({
      id: randomUUID(),
      user_id: userId,
      credential_id: Buffer.from(credential.id, 'base64url'),
      public_key: Buffer.from(credential.publicKey),
      attestation_type: 'none',
      aaguid: credential.aaguid,
      sign_count: credential.signCount,
      transports: JSON.stringify(credential.transports),
      backup_eligible: credential.backupEligible,
      backed_up: credential.backedUp,
      friendly_name: name,
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

export function credentialOf(passkey: Passkey): Credential {
  return {
    id: passkey.credential_id.toString('base64url'),
    publicKey: Uint8Array.from(passkey.public_key),
    signCount: Number(passkey.sign_count),
    transports: passkey.transports,
    aaguid: passkey.aaguid ?? '',
    backupEligible: passkey.backup_eligible,
    backedUp: passkey.backed_up,
  }
}

/** A passkey as the API shows it. */
export function presentPasskey({ id, friendly_name, created_at, last_used_at }: Passkey) {
  return {
    id,
    ...(friendly_name !== '' && { friendly_name }),
    created_at: created_at.toISOString(),
    ...(last_used_at && { last_used_at: last_used_at.toISOString() }),
  }
}
