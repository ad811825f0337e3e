import { readFile } from 'node:fs/promises'
import type { JWK } from 'jose'
import { z } from 'zod'
import type { Report } from '../report.ts'

const half = { kid: z.string().optional(), d: z.string().optional(), key_ops: z.array(z.string()).optional() }

const signingKey = z.discriminatedUnion('kty', [
  z.looseObject({ ...half, kty: z.literal('RSA'), alg: z.literal('RS256') }),
  z.looseObject({ ...half, kty: z.literal('EC'), alg: z.literal('ES256') }),
  z.looseObject({ ...half, kty: z.literal('OKP'), alg: z.literal('EdDSA') }),
])

/**
 * The keys of `signing_keys_path`, the one in use first: the first of the file that has its private half and whose
 * `key_ops`, if it says any, name `sign`. The others are standby or previous ones: they verify.
 */
export async function readSigningKeys(path: string, report: Report): Promise<readonly JWK[]> {
  try {
    return await loadSigningKeys(path)
  } catch {
    const place = { path: ['auth', 'signing_keys_path'], value: path, secret: false, variable: undefined }
    report.mistakeAt(place, 'a readable JSON list of JWKs for RS256, ES256 or EdDSA, one of them private')
    return []
  }
}

/** The same for whoever reads the file again. Rejects where it holds no such list, without a word of what it holds. */
export async function loadSigningKeys(path: string): Promise<readonly JWK[]> {
  const keys = parse(await readFile(path, 'utf8'))
  const inUse = keys.find(({ d, key_ops }) => d !== undefined && (key_ops?.includes('sign') ?? true))
  if (!inUse) throw new TypeError('none of the keys may sign')
  return [inUse, ...keys.filter((key) => key !== inUse)] as JWK[]
}

function parse(text: string) {
  try {
    return z.array(signingKey).parse(JSON.parse(text))
  } catch {
    throw new TypeError('it is no JSON list of JWKs for RS256, ES256 or EdDSA')
  }
}
