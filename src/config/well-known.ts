import type { JWK } from 'jose'
import type { Keys } from './config.ts'

/**
 * The secrets that Supabase's CLI gives every local project. Everybody knows them: they open nothing but a
 * development machine to itself.
 */
export const wellKnown = {
  jwtSecret: 'super-secret-jwt-token-with-at-least-32-characters-long',
  publishableKey: 'sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH',
  secretKey: 'sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz',
  databasePassword: 'postgres',
} as const satisfies Partial<Keys>

/** The end of the legacy keys that the CLI signs: a day in November 2032. */
export const wellKnownExpiry = 1_983_812_996

/** The public half of the signing key that is compiled into the CLI. */
const wellKnownSigningKey = 'M5Sjqn5zwC9Kl1zVfUUGvv9boQjCGd45G8sdopBExB4'

export function isWellKnownSigningKey(key: Readonly<JWK>): boolean {
  return key.x === wellKnownSigningKey
}
