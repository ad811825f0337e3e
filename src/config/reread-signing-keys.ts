import type { JWK } from 'jose'
import { PorticoError } from '#errors'
import type { Config } from './config.ts'
import { isTrusted } from './options.ts'
import { loadSigningKeys } from './resolve/index.ts'
import { isWellKnownSigningKey } from './well-known.ts'

/**
 * The keys of `signing_keys_path` as its file has them now. Rejects where it holds no list of keys, and throws
 * SECRETS_REFUSED for a well-known one where that may not be used.
 */
export async function rereadSigningKeys(path: string, { mode, http }: Config): Promise<readonly JWK[]> {
  const keys = await loadSigningKeys(path)
  if (isTrusted(mode, http.host) || !keys.some(isWellKnownSigningKey)) return keys
  throw new PorticoError('SECRETS_REFUSED', { message: "Supabase's well-known development key signs for anyone" })
}
