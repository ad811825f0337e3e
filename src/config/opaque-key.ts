import { createHash, randomBytes } from 'node:crypto'

/** A new opaque API key in Supabase's form: prefix, 22 random characters, and a checksum that scanners can verify. */
export function opaqueKey(prefix: 'sb_publishable_' | 'sb_secret_'): string {
  const body = prefix + randomBytes(16).toString('base64url')
  return `${body}_${createHash('sha256').update(body).digest('base64url').slice(0, 8)}`
}
