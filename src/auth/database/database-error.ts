import pg from 'pg'

/** What may be logged of a database error: its detail would show row values (addresses, password hashes). */
export interface DatabaseErrorFacts {
  readonly sqlState: string | undefined
  readonly message: string
  readonly table: string | undefined
  readonly constraint: string | undefined
}

/** The harmless facts of an error that Postgres raised; undefined for any other error. */
export function databaseErrorFacts(error: unknown): DatabaseErrorFacts | undefined {
  if (!(error instanceof pg.DatabaseError)) return undefined
  return { sqlState: error.code, message: error.message, table: error.table, constraint: error.constraint }
}

/** True when two requests raced for the same e-mail address (or phone number) and this one came second. */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  return error instanceof pg.DatabaseError && error.code === '23505' && error.constraint === constraint
}
