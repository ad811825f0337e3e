import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
} from 'node:crypto'

/** Encrypts and signs under a number that is never used twice. */
const algorithm = 'aes-256-gcm'
const tagBytes = 16
const keyBytes = 32

/** What one process has that no other has, for as long as one connection to the database. */
export interface Identity {
  readonly publicKey: Buffer
  /** The keys for what goes to a peer and for what comes from it; nobody else can know them. */
  agree(own: Buffer, peer: { readonly id: Buffer; readonly publicKey: Buffer }): { to: Buffer; from: Buffer }
}

export function createIdentity(): Identity {
  const { privateKey, publicKey } = generateKeyPairSync('x25519')
  return {
    publicKey: publicKey.export({ format: 'der', type: 'spki' }),
    agree(own, peer) {
      const theirs = createPublicKey({ key: peer.publicKey, format: 'der', type: 'spki' })
      const secret = diffieHellman({ privateKey, publicKey: theirs })
      const towards = (sender: Buffer, recipient: Buffer) => {
        return Buffer.from(hkdfSync('sha256', secret, Buffer.concat([sender, recipient]), 'portico realtime', keyBytes))
      }
      return { to: towards(own, peer.id), from: towards(peer.id, own) }
    },
  }
}

export const createKey = () => randomBytes(keyBytes)

/** @param head is not hidden, but nobody can change it */
export function seal(key: Buffer, number: number, head: Buffer, plain: Buffer): Buffer {
  const cipher = createCipheriv(algorithm, key, nonce(number)).setAAD(head)
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([sealed, cipher.getAuthTag()])
}

/** Undefined for what was not sealed with that key under that number. */
export function unseal(key: Buffer, number: number, head: Buffer, sealed: Buffer): Buffer | undefined {
  if (sealed.length < tagBytes) return undefined
  const decipher = createDecipheriv(algorithm, key, nonce(number)).setAAD(head)
  decipher.setAuthTag(sealed.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()])
  } catch {
    return undefined
  }
}

function nonce(number: number): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUIntBE(number, 6, 6)
  return bytes
}
