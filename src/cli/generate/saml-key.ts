import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'

/** Prints a new key as `[auth.saml] private_key` has it: base64 of an RSA key in PKCS #1. */
export async function genSamlKey(): Promise<void> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  console.log(privateKey.export({ type: 'pkcs1', format: 'der' }).toString('base64'))
}
