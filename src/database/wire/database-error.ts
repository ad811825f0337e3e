import pg from 'pg'

/** The error as node-postgres would throw it, so that whoever catches one need not know how it came. */
export function databaseError(fields: Readonly<Record<string, string>>): pg.DatabaseError {
  const error = new pg.DatabaseError(fields.M ?? 'unknown error', 0, 'error')
  for (const [letter, name] of names) {
    const value = fields[letter]
    if (value !== undefined) error[name] = value
  }
  return error
}

/** "Error and Notice Message Fields" of Postgres' documentation. */
const names = [
  ['S', 'severity'],
  ['C', 'code'],
  ['D', 'detail'],
  ['H', 'hint'],
  ['P', 'position'],
  ['W', 'where'],
  ['s', 'schema'],
  ['t', 'table'],
  ['c', 'column'],
  ['d', 'dataType'],
  ['n', 'constraint'],
  ['F', 'file'],
  ['L', 'line'],
  ['R', 'routine'],
] as const

/** The session does not hold the prepared statements that it was told to: it is not the one that it was. */
export function isOutOfStep(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '26000' || error.code === '42P05')
}
