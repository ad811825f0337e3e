import type { Keys } from '#config'
import type { Connections } from '#database'
import type { Observe } from '#observe'
import { type Clock, systemClock } from './clock.ts'
import { openDatabase } from './database/index.ts'
import { createRoutes } from './http/index.ts'
import { createInbox, type Mailer } from './mail/index.ts'
import { createPasswordHasher } from './passwords/index.ts'
import { type AuthConfig, readSettings } from './settings.ts'
import { createTokenSigner, createTokenVerifier, importKeys } from './tokens/index.ts'

export interface AuthOptions {
  readonly config: { readonly auth: AuthConfig; readonly keys: Pick<Keys, 'jwtSecret'> }
  readonly connections: Connections
  readonly observe: Observe
  /** Delivers mails; an inbox in memory where absent. */
  readonly mailer?: Mailer
  readonly clock?: Clock
}

/** The Auth API, to be mounted at `/auth/v1`. */
export interface AuthService {
  /** Answers a request whose path has lost the prefix (`/signup`), and whose bearer token, if any, is a JWT. */
  fetch(request: Request): Promise<Response>
  close(): Promise<void>
}

/** Supabase Auth over the `auth` schema of a database. Connects when first asked. */
export function createAuth(options: AuthOptions): AuthService {
  const { config, connections, observe, mailer, clock = systemClock } = options
  const { jwtSecret: secret } = config.keys
  const { signingKeys } = config.auth
  const keys = importKeys(signingKeys)
  if (!mailer && config.auth.email.enableConfirmations) {
    const text = 'Sign-ups wait for a mail, but mails are only kept in memory: no mail server is set up.'
    observe({ kind: 'message', level: 'warn', text })
  }
  const { db, close } = openDatabase(connections, observe)
  const routes = createRoutes({
    settings: readSettings(config.auth),
    db,
    hasher: createPasswordHasher(),
    sign: createTokenSigner(secret, keys),
    verifier: createTokenVerifier({ secret, keys: signingKeys, clock }),
    keys,
    mailer: mailer ?? createInbox(),
    observe,
    clock,
  })
  return { fetch: async (request) => await routes.fetch(request), close }
}
