import type { AuthError } from '../auth-error.ts'
import { isRedirectAllowed } from '../mail/index.ts'
import type { AuthSettings } from '../settings/index.ts'
import { type Chain, refused } from './chain.ts'
import type { SignInMessage } from './read-message.ts'

/** Milliseconds that a message is good for, before and after it was issued; config.toml has no key for it. */
export const validity = 10 * 60_000

/**
 * Throws unless a message was signed for this project, and lately. The wallet warns of a page that asks in another's
 * name: so the name it showed has to be one of the project's. As GoTrue judges it (internal/api/web3.go), but an
 * expiration counts also without a `Not Before`, and a name is looked at on localhost too.
 */
export function judgeMessage(message: SignInMessage, chain: Chain, settings: AuthSettings, now: Date): void {
  const { label } = chain
  const { uri, domain, issuedAt, expiresAt, notBefore } = message
  const signed = `Signed ${label} message`
  const isLocal = uri.hostname === 'localhost'
  if (uri.protocol !== 'https:' && !isLocal) throw refused(`${signed} is using URI which does not use HTTPS`)
  if (!isRedirectAllowed(uri, settings)) {
    const why = 'is using URI which is not allowed on this server, message was signed for another app'
    throw refused(`${signed} ${why}`)
  }
  const named = URL.parse(`${uri.protocol}//${domain}/`)
  const isSame = isLocal ? named?.hostname === uri.hostname : named?.host === uri.host
  if (!named || !isSame || (!isLocal && !isRedirectAllowed(named, settings))) {
    const why = 'is using a Domain that does not match the one in URI which is not allowed on this server'
    throw refused(`${signed} ${why}`)
  }
  if (notBefore && now < notBefore) throw refused(`${signed} becomes valid in the future`)
  if (expiresAt && now > expiresAt) throw refused(`${signed} is expired`)
  const age = now.getTime() - issuedAt.getTime()
  if (age > validity) throw tooOld(chain)
  if (age < -validity) throw refused(`${label} message was issued too far in the future`)
}

export function tooOld({ label }: Chain): AuthError {
  return refused(`${label} message was issued too long ago`)
}
