import type { OneTimeTokenType } from '../database/index.ts'
import type { User } from '../users/index.ts'

/** Mails that ask for something, by the names of `[auth.email.template.*]`. */
export type RequestKind = 'confirmation' | 'invite' | 'recovery' | 'magic_link' | 'email_change' | 'reauthentication'

/** Mails that tell what was done, by the names of `[auth.email.notification.*]`. */
export type NotificationKind =
  | 'password_changed'
  | 'email_changed'
  | 'phone_changed'
  | 'identity_linked'
  | 'identity_unlinked'
  | 'mfa_factor_enrolled'
  | 'mfa_factor_unenrolled'

/** A mail before it has words. */
export type Letter = RequestLetter | NotificationLetter

export interface RequestLetter {
  readonly kind: RequestKind
  readonly user: User
  readonly to: string
  readonly token: {
    readonly type: OneTimeTokenType
    readonly hash: string
    readonly code: string
    /** The `type` of its link. */
    readonly linkType: string
  }
  /** Where the link leads in the end. */
  readonly redirectTo: string
}

export interface NotificationLetter {
  readonly kind: NotificationKind
  readonly user: User
  readonly to: string
  /** `OldEmail`, `OldPhone`, `Provider`, `FactorType`: what the template may mention. */
  readonly facts: Readonly<Record<string, string>>
}

/** What means nothing but itself, in a query and in HTML. */
const plain = /^[\w.~:/?@-]*$/

/** The link of a mail. Where it leads is written as it is if it can be, as GoTrue does: clients' tests read it. */
export function linkOf(externalUrl: string, { token, redirectTo }: RequestLetter): string {
  const query = new URLSearchParams({ token: token.hash, type: token.linkType })
  const target = plain.test(redirectTo) ? `redirect_to=${redirectTo}` : new URLSearchParams({ redirect_to: redirectTo })
  return `${externalUrl}/verify?${query}&${target}`
}
