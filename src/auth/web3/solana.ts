import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { type Chain, invalid, type Signed } from './chain.ts'

/**
 * Sign-In with Solana (https://github.com/phantom/sign-in-with-solana), signed as text or, by a Ledger, as an off-chain
 * message (https://docs.anza.xyz/proposals/off-chain-message-signing).
 */
export const solana: Chain = {
  name: 'solana',
  label: 'Solana',
  standard: 'siws',
  isAddress: (text) => /^[a-zA-Z0-9]{32,44}$/.test(text),
  addressExpected: 'in base58 format',
  isNetwork: (text) => text === '' || /^solana:(main|dev|test|local)net$/.test(text),
  readSignature(text) {
    const length = Buffer.byteLength(text)
    if (length !== 86 && length !== 88) {
      throw invalid('signature must be 64 bytes encoded as base64 with or without padding')
    }
    const base64 = text.replace(/=+$/, '')
    if (!/^[\w+/-]*$/.test(base64)) throw invalid('signature does not contain valid base64 characters')
    const signature = Buffer.from(base64, 'base64url')
    return signature.length === 64 ? signature : undefined
  },
  async verify(signed) {
    const bytes = await publicKeyOf(signed.address)
    if (!bytes) return false
    const key = keyOf(bytes)
    const text = Buffer.from(signed.message)
    const forms = [text, ...(text.length <= 0xffff ? [offChain(signed, bytes, text)] : [])]
    return forms.some((form) => verify(null, form, key, signed.signature))
  },
  spellings: async (address) => [address],
}

/** Undefined for what is no key, and for one of small order: anybody can make signatures for it that OpenSSL before 3.5 takes. */
async function publicKeyOf(address: string): Promise<Uint8Array | undefined> {
  const [{ base58 }, { ed25519 }] = await Promise.all([import('@scure/base'), import('@noble/curves/ed25519.js')])
  try {
    const bytes = base58.decode(address)
    return ed25519.Point.fromBytes(bytes).isSmallOrder() ? undefined : bytes
  } catch {
    return undefined
  }
}

function keyOf(bytes: Uint8Array): KeyObject {
  const x = Buffer.from(bytes).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

/** The header says: version 0, the domain, ASCII, one signer, who that is, and how long the text is. */
function offChain({ domain }: Signed, signer: Uint8Array, text: Buffer): Buffer {
  const application = Buffer.alloc(32)
  application.write(domain)
  const length = Buffer.alloc(2)
  length.writeUInt16LE(text.length)
  const parts = [Buffer.from('\xffsolana offchain\0', 'latin1'), application, Buffer.of(0, 1), signer, length, text]
  return Buffer.concat(parts)
}
