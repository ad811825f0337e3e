import { createHash } from 'node:crypto'
import { AuthError } from '../auth-error.ts'
import { isSameText } from '../same-text.ts'

/** What a client keeps the answer to, so that only it can redeem a code (RFC 7636). */
export interface Challenge {
  readonly challenge: string
  readonly method: 's256' | 'plain'
}

/** Reads the two parameters of a request; undefined where it has neither. */
export function readChallenge(challenge: string, method: string): Challenge | undefined {
  if ((challenge === '') !== (method === '')) {
    throw invalid('PKCE flow requires code_challenge_method and code_challenge')
  }
  if (challenge === '') return undefined
  if (challenge.length < 43 || challenge.length > 128) {
    throw invalid('code challenge has to be between 43 and 128 characters')
  }
  if (!/^[A-Za-z0-9._~-]+$/.test(challenge)) {
    const allowed = 'alphanumeric characters, hyphens, periods, underscores and tildes'
    throw invalid(`code challenge can only contain ${allowed}`)
  }
  const known = method.toLowerCase()
  if (known !== 's256' && known !== 'plain') throw invalid('Invalid code_challenge_method')
  return { challenge, method: known }
}

/** Whether a verifier is what the challenge was made from. */
export function answersChallenge({ challenge, method }: Challenge, verifier: string): boolean {
  return isSameText(
    method === 'plain' ? verifier : createHash('sha256').update(verifier).digest('base64url'),
    challenge,
  )
}

function invalid(message: string): AuthError {
  return new AuthError(400, 'validation_failed', message)
}
