import { createHash, randomUUID } from 'node:crypto'
import type { AuthDatabase, OneTimeTokenType } from '../database/index.ts'

export interface OneTimeToken {
  readonly userId: string
  readonly type: OneTimeTokenType
  readonly hash: string
  /** The address or number the token was sent to. */
  readonly relatesTo: string
}

/** What is stored, and what links carry, instead of the code itself: GoTrue's SHA-224 of address and code. */
export function hashCode(address: string, code: string): string {
  return createHash('sha224').update(address).update(code).digest('hex')
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

/** The token with this hash, of one of the types. */
export async function findOneTimeToken(
  db: AuthDatabase,
  hash: string,
  types: readonly OneTimeTokenType[],
): Promise<{ readonly userId: string; readonly type: OneTimeTokenType } | undefined> {
  if (types.length === 0) return undefined
  return await db
    .selectFrom('auth.one_time_tokens')
    .select(['user_id as userId', 'token_type as type'])
    .where('token_hash', '=', hash)
    .where('token_type', 'in', types)
    .executeTakeFirst()
}

/** Makes all of a user's tokens worthless, or those of one type. */
export async function clearOneTimeTokens(trx: AuthDatabase, userId: string, type?: OneTimeTokenType): Promise<void> {
  await trx
    .deleteFrom('auth.one_time_tokens')
    .where('user_id', '=', userId)
    .$if(type !== undefined, (query) => query.where('token_type', '=', type as OneTimeTokenType))
    .execute()
}
