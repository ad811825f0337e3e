import type { ClientConfig } from 'pg'
import pgConnectionString from 'pg-connection-string'
import type { Connections, LoginRole } from '#database'
import { errorMessage, PorticoError } from '#errors'

/**
 * What a connection string says, as node-postgres takes it. `sslmode` means what it means to psql and in the strings that
 * Supabase hands out: `require` encrypts, and checks the certificate only where `sslrootcert` says whose.
 *
 * @throws PorticoError CONFIG_INVALID
 */
export function clientConfig(url: string): ClientConfig {
  const { searchParams } = new URL(url)
  const mode = searchParams.get('sslmode') ?? ''
  // By itself the parser takes these for `verify-full`, which no database passes whose authority is its owner's own.
  const asPsql = /^(prefer|require|verify-ca)$/.test(mode) && !searchParams.has('uselibpqcompat')
  try {
    const parsed = pgConnectionString.parse(url, { useLibpqCompat: asPsql })
    return pgConnectionString.toClientConfig(parsed) as ClientConfig
  } catch (cause) {
    // A certificate that cannot be read, or one that is missing.
    throw new PorticoError('CONFIG_INVALID', { message: `The URL of the database: ${errorMessage(cause)}`, cause })
  }
}

/**
 * A database elsewhere that Portico administers (`--db-url`): the URL's own login does what `supabase_admin` and
 * `postgres` would, the baseline gives Portico's other roles a password.
 */
export function administeredConnections(url: string, password: string): Connections {
  const admin = clientConfig(url)
  return {
    for: (role: LoginRole) =>
      role === 'supabase_admin' || role === 'postgres' ? admin : { ...admin, user: role, password },
  }
}

/** Any role of such a database: the administrator by the URL, all others with the password of Portico's own. */
export function externalLogin(url: string, password: string): (role: string) => ClientConfig {
  const admin = clientConfig(url)
  return (role) => (role === admin.user ? admin : { ...admin, user: role, password })
}

/** A managed database: one login, which may become the callers' roles and is asked for nothing else. */
export function managedConnections(url: string): Connections {
  const login = clientConfig(url)
  return { for: () => login }
}

/** Behind a transaction-mode pooler a prepared statement may be gone with the next transaction. */
export function isTransactionPooler(url: string): boolean {
  const { port, searchParams } = new URL(url)
  return port === '6543' || searchParams.get('pgbouncer') === 'true'
}
