import { sql } from 'kysely'
import type { AuthDatabase } from '../database/index.ts'
import type { JsonObject } from '../json.ts'

/** Milliseconds that a function may take, as GoTrue gives it. */
const patience = 2000

/** Calls a function of the database with one JSON argument, in the transaction given or in one of its own. */
export async function callFunction(
  db: AuthDatabase,
  { schema, name }: { readonly schema: string; readonly name: string },
  input: JsonObject,
): Promise<unknown> {
  const call = async (trx: AuthDatabase) => {
    await sql`select set_config('statement_timeout', ${String(patience)}, true)`.execute(trx)
    // Untyped, so that it fits a function of json and one of jsonb.
    const { rows } = await sql<{
      answer: unknown
    }>`select ${sql.id(schema, name)}(${JSON.stringify(input)}) as answer`.execute(trx)
    await sql`set local statement_timeout to default`.execute(trx)
    return rows[0]?.answer
  }
  return db.isTransaction ? await call(db) : await db.transaction().execute(call)
}
