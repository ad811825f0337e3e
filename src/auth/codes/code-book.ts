import { createHash, createHmac, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { isSameText } from '../same-text.ts'

/** Prefix of tokens whose link answers a code to exchange (PKCE), as clients and GoTrue know it. */
export const pkcePrefix = 'pkce_'

/** Tries at one token's code; a link with the token itself goes on working. */
const triesAllowed = 5

/**
 * Makes one-time tokens and the few digits that stand for them. A token is random throughout, so that a link cannot be
 * guessed. Its digits follow from it by a secret of the server: nothing but the token is stored, and digits
 * are worth something only together with the address they were sent to, where tries are counted.
 */
export interface CodeBook {
  newToken(flow: 'pkce' | 'implicit'): string
  /** The digits that stand for a token. */
  codeOf(token: string, digits: number): string
  /** Whether a guess is the token's code. The same token is good for few wrong guesses. */
  guess(token: string, guessed: string, sent: SentCode): boolean
}

interface SentCode {
  readonly digits: number
  /** Where it was sent to. */
  readonly address: string
}

/** @param secret the project's; other copies of this server must have the same */
export function createCodeBook(secret: string): CodeBook {
  const key = createHmac('sha256', secret).update('one-time codes').digest()
  const wrongGuesses = new LRUCache<string, number>({ max: 50_000, ttl: 24 * 60 * 60 * 1000 })

  function codeOf(token: string, digits: number): string {
    const number = BigInt(`0x${createHmac('sha256', key).update(ownPart(token)).digest('hex')}`)
    return String(number % 10n ** BigInt(digits)).padStart(digits, '0')
  }

  return {
    newToken: (flow) => (flow === 'pkce' ? pkcePrefix : '') + randomBytes(28).toString('hex'),
    codeOf,
    guess(token, guessed, { digits, address }) {
      const wrong = wrongGuesses.get(token) ?? 0
      if (wrong >= triesAllowed) return false
      if (isSameText(guessed, codeOf(token, digits)) || isSameText(ownPart(token), mailedByGoTrue(address, guessed))) {
        return true
      }
      wrongGuesses.set(token, wrong + 1)
      return false
    },
  }
}

function ownPart(token: string): string {
  return token.startsWith(pkcePrefix) ? token.slice(pkcePrefix.length) : token
}

/** The token that GoTrue stores for a code (internal/crypto, GenerateTokenHash): one on its way when its data moved here. */
function mailedByGoTrue(address: string, code: string): string {
  return createHash('sha224').update(`${address}${code}`).digest('hex')
}
