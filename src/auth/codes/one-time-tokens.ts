import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { AuthDatabase, OneTimeTokenType } from '../database/index.ts'

export interface OneTimeToken {
  readonly userId: string
  readonly type: OneTimeTokenType
  readonly hash: string
  /** The address or number the token was sent to. */
  readonly relatesTo: string
}

export interface StoredToken extends OneTimeToken {
  readonly sentAt: Date
}

/** Stores a token; the user's earlier one of the same type serves no longer. */
export async function storeOneTimeToken(trx: AuthDatabase, token: OneTimeToken, now: Date): Promise<void> {
  const at = now.toISOString()
  const row = { token_hash: token.hash, relates_to: token.relatesTo.toLowerCase(), created_at: at, updated_at: at }
  await trx
    .insertInto('auth.one_time_tokens')
    .values({ id: randomUUID(), user_id: token.userId, token_type: token.type, ...row })
    .onConflict((conflict) => conflict.columns(['user_id', 'token_type']).doUpdateSet(row))
    .execute()
}

/** The tokens of the types that have a hash, or were sent to an address. Several users may have one for an address. */
export async function findOneTimeTokens(
  db: AuthDatabase,
  by: { readonly hash: string } | { readonly address: string },
  types: readonly OneTimeTokenType[],
): Promise<readonly StoredToken[]> {
  if (types.length === 0) return []
  return await db
    .selectFrom('auth.one_time_tokens')
    .select(['user_id as userId', 'token_type as type', 'token_hash as hash', 'relates_to as relatesTo'])
    .select(sql<Date>`created_at at time zone 'utc'`.as('sentAt'))
    .where('token_type', 'in', types)
    .$if('hash' in by, (query) => query.where('token_hash', '=', 'hash' in by ? by.hash : ''))
    .$if('address' in by, (query) => query.where('relates_to', '=', 'address' in by ? by.address : ''))
    .execute()
}

/** Makes all of a user's tokens worthless, or those of one type. */
export async function clearOneTimeTokens(trx: AuthDatabase, userId: string, type?: OneTimeTokenType): Promise<void> {
  await trx
    .deleteFrom('auth.one_time_tokens')
    .where('user_id', '=', userId)
    .$if(type !== undefined, (query) => query.where('token_type', '=', type as OneTimeTokenType))
    .execute()
}
