import { errors } from 'jose'
import type { PorticoError } from '#errors'
import { badToken } from './request-errors.ts'
import type { RestError } from './rest-error.ts'

/** What PostgREST says of a token that its verifier refused: PGRST301 for one that cannot be read, PGRST303 for its claims. */
export function fromVerifier({ cause, message }: PorticoError): RestError {
  if (cause instanceof errors.JWTExpired) return badToken('JWT expired', 'PGRST303')
  if (cause instanceof errors.JWTClaimValidationFailed) return badToken(claimText(cause), 'PGRST303')
  if (cause instanceof errors.JOSEAlgNotAllowed || cause instanceof errors.JOSENotSupported) {
    return badToken('Wrong or unsupported encoding algorithm')
  }
  if (cause instanceof errors.JWSInvalid || cause instanceof errors.JWTInvalid) {
    return badToken('JWT cryptographic operation failed')
  }
  // Neither a key nor a signature fits.
  return cause === undefined
    ? badToken(message)
    : badToken('No suitable key or wrong key type', 'PGRST301', 'None of the keys was able to decode the JWT')
}

function claimText({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (claim === 'aud' && reason === 'invalid') return "The JWT 'aud' claim must be a string or an array of strings"
  if (claim === 'aud') return 'JWT not in audience'
  if (reason === 'invalid') return `The JWT '${claim}' claim must be a number`
  return claim === 'iat' ? 'JWT issued at future' : claim === 'nbf' ? 'JWT not yet valid' : 'Parsing claims failed'
}
