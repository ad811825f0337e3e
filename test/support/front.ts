import { attachmentOf } from '#app'
import { type Connections, readHolder } from '#database'
import { createTestApp, type TestApp, type TestAppOptions } from './app.ts'

/** What the operator of a gateway in front of this backend sets. */
function managedEnvironment({ app }: TestApp, databaseUrl: string): Record<string, string> {
  const { publishableKey, secretKey, jwtSecret } = app.config.keys
  return {
    SUPABASE_URL: app.url,
    SUPABASE_PUBLISHABLE_KEY: publishableKey,
    SUPABASE_SECRET_KEY: secretKey,
    SUPABASE_JWT_SECRET: jwtSecret,
    DATABASE_URL: databaseUrl,
  }
}

/** A gateway alone, in front of a backend that plays the managed Supabase. */
export function createFront(managed: TestApp, databaseUrl: string, options: TestAppOptions = {}): Promise<TestApp> {
  return createTestApp({ ...options, env: { ...managedEnvironment(managed, databaseUrl), ...options.env } })
}

/** The backend's database as another login sees it. */
export function databaseUrl({ app }: TestApp, user: string, password = app.config.keys.databasePassword): string {
  const url = new URL(app.databaseUrl ?? '')
  url.username = user
  url.password = password
  return url.href
}

/** The embedded server of a running backend, over the socket that only its owner reaches. */
export function superuser({ app }: TestApp): Connections {
  const holder = readHolder(app.config.dataFolder)
  const socket = holder && attachmentOf(holder)?.socket
  if (!socket) throw new Error('this backend runs no embedded server')
  return { for: (user) => ({ ...socket, user, database: 'postgres' }) }
}
