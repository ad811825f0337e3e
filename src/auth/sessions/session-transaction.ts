import type { AuthContext } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'

/** A transaction at whose end a session's token is signed, and the project's code may be asked about its claims. */
export function sessionTransaction<T>(
  { db, hooks }: Pick<AuthContext, 'db' | 'hooks'>,
  work: (trx: AuthDatabase) => Promise<T>,
): Promise<T> {
  return hooks.inTurn('customAccessToken', () => db.transaction().execute(work))
}
