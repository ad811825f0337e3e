import { AuthError } from '../auth-error.ts'
import type { AuthDatabase } from '../database/index.ts'
import { confirmEmail } from './confirm-email.ts'
import { confirmPhone } from './confirm-phone.ts'
import { parseEmailAddress, parsePhoneNumber } from './email-address.ts'
import { isEmailTaken, isPhoneTaken } from './insert-user.ts'
import { findUserByEmail, findUserByPhone, type User } from './select-user.ts'

/** What a user signs in with and is reached at: an e-mail address in lower case, or an E.164 number without its plus. */
export interface Contact {
  readonly kind: 'email' | 'phone'
  readonly address: string
}

/** Reads the two fields of a request, one of which is empty; undefined where both are. `ending` is how the error for both ends. */
export function readContact(
  { email, phone }: { readonly email: string; readonly phone: string },
  ending: string,
): Contact | undefined {
  if (email !== '' && phone !== '') {
    const message = `Only an email address or phone number should be provided${ending}`
    throw new AuthError(400, 'validation_failed', message)
  }
  if (email !== '') return { kind: 'email', address: parseEmailAddress(email) }
  if (phone !== '') return { kind: 'phone', address: parsePhoneNumber(phone) }
  return undefined
}

export function findUserByContact(db: AuthDatabase, { kind, address }: Contact): Promise<User | undefined> {
  return kind === 'email' ? findUserByEmail(db, address) : findUserByPhone(db, address)
}

/** Whether the user is known to be reached there. */
export function isConfirmed(user: User, kind: Contact['kind']): boolean {
  return (kind === 'email' ? user.email_confirmed_at : user.phone_confirmed_at) !== null
}

export function confirmContact(trx: AuthDatabase, userId: string, kind: Contact['kind'], now: Date): Promise<void> {
  return kind === 'email' ? confirmEmail(trx, userId, now) : confirmPhone(trx, userId, now)
}

/** True when the contact was taken by a request that came first. */
export function isContactTaken(error: unknown): boolean {
  return isEmailTaken(error) || isPhoneTaken(error)
}
