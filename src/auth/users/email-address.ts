import { AuthError } from '../auth-error.ts'

/** The address grammar of HTML's e-mail input (https://html.spec.whatwg.org/#valid-e-mail-address). */
const addressPattern =
  /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/

/** E.164 without its plus sign. */
const phonePattern = /^[1-9][0-9]{1,14}$/

/** The address in lower case, or the error for one that is not an address. */
export function parseEmailAddress(address: string): string {
  if (address === '') throw new AuthError(400, 'validation_failed', 'An email address is required')
  if (address.length > 255) throw new AuthError(400, 'validation_failed', 'An email address is too long')
  if (!addressPattern.test(address)) {
    throw new AuthError(400, 'validation_failed', 'Unable to validate email address: invalid format')
  }
  return address.toLowerCase()
}

/** The number without plus sign and spaces, or the error for one that is not E.164. */
export function parsePhoneNumber(phone: string): string {
  const digits = phone.replace(/^\+/, '').replaceAll(' ', '')
  if (phonePattern.test(digits)) return digits
  throw new AuthError(400, 'validation_failed', 'Invalid phone number format (E.164 required)')
}
