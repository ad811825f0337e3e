import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'

export interface SigningKeyOptions {
  readonly algorithm: 'ES256' | 'RS256'
}

/** Prints a list with one new private key, as `signing_keys_path` names a file of. */
export async function genSigningKey({ algorithm }: SigningKeyOptions): Promise<void> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk = await exportJWK(privateKey)
  const key = { kid: randomUUID(), alg: algorithm, use: 'sig', key_ops: ['sign', 'verify'], ext: true, ...jwk }
  console.log(JSON.stringify([key], null, 2))
}
