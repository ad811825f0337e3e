import { AuthError } from '../auth-error.ts'

/** A chain whose wallets may sign in. */
export interface Chain {
  readonly name: 'ethereum' | 'solana'
  /** As messages and errors spell it. */
  readonly label: 'Ethereum' | 'Solana'
  /** What errors of reading a message begin with: the standard's own name. */
  readonly standard: 'siwe' | 'siws'
  readonly isAddress: (text: string) => boolean
  readonly addressExpected: string
  readonly isNetwork: (text: string) => boolean
  /** The signature as bytes. Throws for text of another form; undefined for one that no message can have. */
  readonly readSignature: (text: string) => Uint8Array | undefined
  /** Whether the message was signed by the address's own key. */
  readonly verify: (signed: Signed) => Promise<boolean>
  /** The ways in which others may have written the address down; the first one is for new accounts. */
  readonly spellings: (address: string) => Promise<readonly [string, ...string[]]>
}

/** What a wallet signed, and what it made of it. */
export interface Signed {
  readonly domain: string
  readonly address: string
  /** The whole text. */
  readonly message: string
  readonly signature: Uint8Array
}

/** A request that is none, before anything is proven. */
export function invalid(message: string): AuthError {
  return new AuthError(400, 'validation_failed', message)
}

/** A message that signs nobody in here, in OAuth's form of errors. */
export function refused(message: string): AuthError {
  return new AuthError(400, 'validation_failed', message, { oauth: 'invalid_grant' })
}
