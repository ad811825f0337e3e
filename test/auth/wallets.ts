import { generateKeyPairSync, sign } from 'node:crypto'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 as keccak } from '@noble/hashes/sha3.js'
import { base58 } from '@scure/base'

/** What a page gets a signature from. */
export interface Wallet {
  readonly chain: 'ethereum' | 'solana'
  readonly label: 'Ethereum' | 'Solana'
  readonly address: string
  /** As the request wants it. */
  sign(message: string): string
}

/** The first account of a mnemonic that tests of Ethereum share everywhere; its address is known from there. */
const known = {
  key: Buffer.from('ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80', 'hex'),
  address: '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
}

export function ethereumWallet(key: Uint8Array = secp256k1.utils.randomSecretKey()): Wallet {
  const point = secp256k1.getPublicKey(key, false).subarray(1)
  const address = key === known.key ? known.address : `0x${Buffer.from(keccak(point).subarray(12)).toString('hex')}`
  return {
    ...{ chain: 'ethereum', label: 'Ethereum', address },
    sign(message) {
      const text = Buffer.from(message)
      const digest = keccak(Buffer.concat([Buffer.from(`\x19Ethereum Signed Message:\n${text.length}`), text]))
      const [recovery = 0, ...rs] = secp256k1.sign(digest, key, { prehash: false, format: 'recovered' })
      return `0x${Buffer.from([...rs, recovery + 27]).toString('hex')}`
    },
  }
}

export const knownWallet = () => ethereumWallet(known.key)

/** @param ledger signs as that device does: the text in an envelope that says whose it is */
export function solanaWallet({ ledger = false } = {}): Wallet {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const point = Buffer.from(String(publicKey.export({ format: 'jwk' }).x), 'base64url')
  const envelope = (message: string) => {
    const text = Buffer.from(message)
    const domain = Buffer.alloc(32)
    domain.write(message.slice(0, message.indexOf(' ')))
    const magic = Buffer.from([0xff, ...Buffer.from('solana offchain')])
    return Buffer.concat([
      magic,
      Buffer.of(0),
      domain,
      Buffer.of(0, 1),
      point,
      Buffer.of(text.length & 255, text.length >> 8),
      text,
    ])
  }
  return {
    ...{ chain: 'solana', label: 'Solana', address: base58.encode(point) },
    sign: (message) => sign(null, ledger ? envelope(message) : Buffer.from(message), privateKey).toString('base64'),
  }
}

export interface MessageParts {
  readonly domain?: string
  readonly address?: string
  readonly statement?: string
  readonly lines?: readonly string[]
}

/** The text that a wallet is asked to sign. */
export function messageOf(
  { label, address: own }: Wallet,
  { domain = 'app.example.com', address = own, statement, lines = [] }: MessageParts = {},
): string {
  const head = [`${domain} wants you to sign in with your ${label} account:`, address, '']
  return [...head, ...(statement === undefined ? [] : [statement, '']), ...lines].join('\n')
}

/** The lines of a message that a project at app.example.com takes. */
export function linesOf(now: Date, others: Readonly<Record<string, string | undefined>> = {}): readonly string[] {
  const fields = { URI: 'https://app.example.com/login', Version: '1', 'Issued At': now.toISOString(), ...others }
  return Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]))
}
