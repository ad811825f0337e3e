import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { AuthDatabase } from '../database/index.ts'
import { type Chain, refused } from './chain.ts'
import { tooOld, validity } from './judge-message.ts'
import type { SignInMessage } from './read-message.ts'

/** Milliseconds: another copy's clock may be behind. */
const skew = 60_000

/**
 * A message signs in once: whoever overheard it comes too late. GoTrue lets it in as often as it comes while it is young.
 * The text counts, not the signature: of one text there may be several good ones. Call it within the sign-in's
 * transaction, so that one that fails spends nothing.
 */
export async function spendMessage(
  trx: AuthDatabase,
  { chain, text, message }: { readonly chain: Chain; readonly text: string; readonly message: SignInMessage },
  clock: Clock,
): Promise<void> {
  const hash = createHash('sha256').update(`${chain.name}\n${text}`).digest()
  const tooOldAt = message.issuedAt.getTime() + validity
  const expiresAt = new Date(tooOldAt + skew)
  await trx.deleteFrom('portico.auth_web3_messages').where('expires_at', '<', clock()).execute()
  const spent = await trx
    .insertInto('portico.auth_web3_messages')
    .values({ hash, expires_at: expiresAt })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  // It may have waited, for a hook, a connection or the database, until its first use was forgotten.
  if (clock().getTime() > tooOldAt) throw tooOld(chain)
  if (spent.numInsertedOrUpdatedRows === 0n) throw refused(`Signed ${chain.label} message was used before`)
}
