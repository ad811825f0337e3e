import { type Chain, invalid } from './chain.ts'

/**
 * Sign-In with Ethereum (https://eips.ethereum.org/EIPS/eip-4361), signed with `personal_sign`
 * (https://eips.ethereum.org/EIPS/eip-191).
 */
export const ethereum: Chain = {
  name: 'ethereum',
  label: 'Ethereum',
  standard: 'siwe',
  isAddress: (text) => /^0x[a-fA-F0-9]{40}$/.test(text),
  addressExpected: 'a valid Ethereum address',
  isNetwork: (text) => /^\+?\d{1,18}$/.test(text) && Number(text) > 0,
  readSignature(text) {
    if (Buffer.byteLength(text.replace(/^0x/, '')) !== 130) {
      throw invalid('signature must be 65 bytes long, encoded as a 130 character-long hexadecimal string')
    }
    return /^0x[0-9a-f]{130}$/i.test(text) ? Buffer.from(text.slice(2), 'hex') : undefined
  },
  async verify({ address, message, signature }) {
    const signer = await signerOf(message, signature)
    return signer !== undefined && signer === address.toLowerCase()
  },
  async spellings(address) {
    const lower = address.toLowerCase()
    const mixed = await withChecksum(lower)
    return address === mixed ? [mixed, lower] : [lower, mixed, address]
  },
}

/** The address, in lower case, whose key made the signature: 32 bytes r, 32 bytes s, and which of the possible keys. */
async function signerOf(message: string, signature: Uint8Array): Promise<string | undefined> {
  const [{ secp256k1 }, { keccak_256: keccak }] = await libraries()
  const text = Buffer.from(message)
  const digest = keccak(Buffer.concat([Buffer.from(`\x19Ethereum Signed Message:\n${text.length}`), text]))
  const [last = 0] = signature.subarray(64)
  const recovery = last >= 27 ? last - 27 : last
  try {
    const point = secp256k1.recoverPublicKey(Uint8Array.of(recovery, ...signature.subarray(0, 64)), digest, {
      prehash: false,
    })
    const key = secp256k1.Point.fromBytes(point).toBytes(false).subarray(1)
    return `0x${Buffer.from(keccak(key).subarray(12)).toString('hex')}`
  } catch {
    return undefined
  }
}

/** Upper-case letters that tell of slips (https://eips.ethereum.org/EIPS/eip-55). */
async function withChecksum(lower: string): Promise<string> {
  const [, { keccak_256: keccak }] = await libraries()
  const digest = Buffer.from(keccak(Buffer.from(lower.slice(2)))).toString('hex')
  return lower.replace(/[a-f]/g, (letter, at: number) => (isUpper(digest[at - 2]) ? letter.toUpperCase() : letter))
}

function isUpper(digit: string | undefined): boolean {
  return Number.parseInt(digit ?? '0', 16) >= 8
}

/** Loaded by the first wallet that comes. */
function libraries() {
  return Promise.all([import('@noble/curves/secp256k1.js'), import('@noble/hashes/sha3.js')])
}
