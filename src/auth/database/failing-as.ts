import pg from 'pg'
import { AuthError } from '../auth-error.ts'

/**
 * Gives the errors that Postgres raises (a project's trigger or foreign key, as a rule) GoTrue's message for the
 * operation. The error itself goes to the log only.
 *
 * @example await failingAs('Database error deleting user', deleteUser(id))
 */
export async function failingAs<T>(message: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    if (cause instanceof pg.DatabaseError) throw new AuthError(500, 'unexpected_failure', message, { cause })
    throw cause
  }
}
