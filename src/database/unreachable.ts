import pg from 'pg'

const refusals = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
])

/** Whether an error says that the database is not there now, and nothing of what was asked of it. */
export function isUnreachable(error: unknown): boolean {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string }
  // Connections that fail, servers that stop or start, and too many clients.
  if (error instanceof pg.DatabaseError) return /^(08|57P|53)/.test(code)
  return refusals.has(code) || /terminated|timeout exceeded when trying to connect|not queryable/.test(message)
}
