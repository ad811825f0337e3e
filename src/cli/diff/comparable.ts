import type { buildFactBase, FactBase } from '@supabase/pg-delta'

/** A database whose schema is compared. */
export interface Compared {
  readonly facts: FactBase
  /** Its name, which is no part of its schema. */
  readonly name: string
}

/** Stands for the name of a database in facts, and becomes the call that tells it in statements. */
const here = 'current_database()'

/** The fourth argument of `cron.schedule_in_database`: whatever stands before it may say the same words. */
const jobDatabase =
  /(?<=^SELECT cron\.schedule_in_database\(.*)'current_database\(\)'(, (?:NULL|'(?:[^']|'')*'), (?:true|false)\))$/is

/**
 * The facts without what differs from one database or server to the next though nobody changed it: a job of pg_cron names the
 * database that it runs in.
 *
 * @param isOlder Postgres before 17, which does not know the privilege MAINTAIN
 */
export function comparable({ facts, name }: Compared, isOlder: boolean, build: typeof buildFactBase): FactBase {
  const alike = [...facts.facts()].map((fact) => {
    const { privileges, database } = fact.payload
    if (isOlder && Array.isArray(privileges)) {
      return { ...fact, payload: { ...fact.payload, privileges: privileges.filter((each) => each !== 'MAINTAIN') } }
    }
    if (fact.id.kind !== 'extensionIntent' || database !== name) return fact
    return { ...fact, payload: { ...fact.payload, database: here } }
  })
  return build(alike, [...facts.edges])
}

/** A statement that was made from such facts, as any of the databases runs it. */
export function runnable(sql: string, isOlder: boolean): string {
  // All privileges of a table as such: which these are is the server's own affair.
  const every = `DELETE, INSERT, ${isOlder ? '' : 'MAINTAIN, '}REFERENCES, SELECT, TRIGGER, TRUNCATE, UPDATE ON TABLE`
  const short = sql.replace(new RegExp(`^(GRANT|REVOKE) ${every}`), '$1 ALL ON TABLE')
  return short.replace(jobDatabase, `${here}$1`)
}
