import { createCipheriv, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

/** A hash of a kind that may stand in `encrypted_password`, ready to be compared with. */
export type StoredHash =
  | { readonly kind: 'bcrypt'; readonly hash: string }
  | { readonly kind: 'argon2'; readonly hash: string }
  | FirebaseHash

interface FirebaseHash {
  readonly kind: 'firebase'
  readonly cost: number
  readonly blockSize: number
  readonly parallelism: number
  readonly separator: Buffer
  readonly signerKey: Buffer
  readonly salt: Buffer
  readonly key: Buffer
}

const bcrypt = /^\$2[abxy]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}$/
const argon2 = /^\$argon2(?:i|id)\$v=19\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,10})\$[A-Za-z0-9+/]{2,}\$[A-Za-z0-9+/]{2,}$/
const firebase =
  /^\$fbscrypt\$v=1,n=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})(?:,ss=([^,$]+))?(?:,sk=([^,$]+))?\$([^$]+)\$([^$]+)$/

/**
 * Reads what GoTrue reads (internal/crypto/password.go): bcrypt, argon2i and argon2id of version 19, and Firebase's
 * scrypt. Undefined for anything else, and for what would take more memory or time than a sign-in may.
 */
export function readStoredHash(hash: string): StoredHash | undefined {
  if (bcrypt.test(hash)) return { kind: 'bcrypt', hash }
  const [, memory, time, lanes] = (argon2.exec(hash) ?? []).map(Number)
  if (memory !== undefined) {
    const bearable = memory <= 1024 * 1024 && Number(time) <= 20 && Number(lanes) <= 16 && Number(lanes) > 0
    return bearable ? { kind: 'argon2', hash } : undefined
  }
  return readFirebase(hash)
}

/** `n` is the power of two of scrypt's cost. See https://github.com/firebase/scrypt. */
function readFirebase(hash: string): FirebaseHash | undefined {
  const match = firebase.exec(hash)
  if (!match) return undefined
  const [, n, r, p, separator = '', signerKey = '', salt = '', key = ''] = match
  const [power, blockSize, parallelism] = [Number(n), Number(r), Number(p)]
  if (power < 1 || power > 20 || blockSize < 1 || parallelism < 1 || parallelism > 16) return undefined
  if (128 * 2 ** power * blockSize > memoryLimit) return undefined
  const bytes = (text: string) => Buffer.from(text, 'base64')
  const secrets = { separator: bytes(separator), signerKey: bytes(signerKey), salt: bytes(salt), key: bytes(key) }
  return { kind: 'firebase', cost: 2 ** power, blockSize, parallelism, ...secrets }
}

/** Bytes that one comparison may take. */
const memoryLimit = 256 * 1024 * 1024

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt)

/** Firebase encrypts its signer key with a key made from the password, and stores that. */
export async function matchesFirebase(password: string, stored: FirebaseHash): Promise<boolean> {
  const { cost, blockSize, parallelism, separator, signerKey, salt, key } = stored
  const options = { N: cost, r: blockSize, p: parallelism, maxmem: 2 * memoryLimit }
  const derived = await derive(password, Buffer.concat([salt, separator]), 32, options)
  const made = createCipheriv('aes-256-ctr', derived, Buffer.alloc(16)).update(signerKey)
  return made.length === key.length && made.length > 0 && timingSafeEqual(made, key)
}
