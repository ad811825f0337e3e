import { AuthError } from '../auth-error.ts'
import { randomText } from '../random.ts'
import type { AuthSettings } from '../settings.ts'
import { hashCode } from './one-time-tokens.ts'

export interface MailLink {
  /** What to store of the link's token. */
  readonly hash: string
  readonly url: string
}

/**
 * A link to `/verify` that only the owner of the address gets. Its token is random throughout: unlike a code of six
 * digits it cannot be tried out.
 */
export function createMailLink(
  { externalUrl }: Pick<AuthSettings, 'externalUrl'>,
  of: { readonly type: 'signup' | 'email_change'; readonly address: string; readonly redirectTo: string },
): MailLink {
  const hash = hashCode(of.address, randomText(32))
  const query = new URLSearchParams({ token: hash, type: of.type, redirect_to: of.redirectTo })
  return { hash, url: `${externalUrl}/verify?${query}` }
}

/** Throws while the last mail of the kind is too fresh for another. */
export function assertMailDue(sentAt: Date | null, intervalSeconds: number, now: Date): void {
  const wait = sentAt ? sentAt.getTime() + intervalSeconds * 1000 - now.getTime() : 0
  if (wait <= 0) return
  const message = `For security purposes, you can only request this after ${Math.floor(wait / 1000)} seconds.`
  throw new AuthError(429, 'over_email_send_rate_limit', message)
}
