import { AuthError, type WeaknessReason } from '../auth-error.ts'
import { maximumPasswordBytes } from './password-hasher.ts'

export interface PasswordRules {
  /** In UTF-8 bytes, as GoTrue counts. */
  readonly minimumLength: number
  /** Sets of characters; a password needs one of each. */
  readonly requiredCharacters: readonly string[]
}

const lower = 'abcdefghijklmnopqrstuvwxyz'
const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const digits = '0123456789'
const symbols = '!@#$%^&*()_+-=[]{};\'\\:"|<>?,./`~'

/** The values of `[auth] password_requirements`. */
export const requirements: Readonly<Record<string, readonly string[]>> = {
  letters_digits: [lower + upper, digits],
  lower_upper_letters_digits: [lower, upper, digits],
  lower_upper_letters_digits_symbols: [lower, upper, digits, symbols],
}

/** Throws the error for a password that breaks the rules. */
export function assertPasswordAllowed(password: string, rules: PasswordRules): void {
  if (Buffer.byteLength(password) > maximumPasswordBytes) {
    const message = `Password cannot be longer than ${maximumPasswordBytes} characters`
    throw new AuthError(400, 'validation_failed', message)
  }
  const weakness = findWeakness(password, rules)
  if (weakness) throw new AuthError(422, 'weak_password', weakness.message, { reasons: weakness.reasons })
}

/** Why a password is weak; undefined when it is not. */
export function findWeakness(
  password: string,
  { minimumLength, requiredCharacters }: PasswordRules,
): { readonly message: string; readonly reasons: readonly WeaknessReason[] } | undefined {
  const reasons: WeaknessReason[] = []
  const messages: string[] = []
  if (Buffer.byteLength(password) < minimumLength) {
    reasons.push('length')
    messages.push(`Password should be at least ${minimumLength} characters.`)
  }
  if (requiredCharacters.some((set) => !Array.from(set).some((character) => password.includes(character)))) {
    reasons.push('characters')
    messages.push(`Password should contain at least one character of each: ${requiredCharacters.join(', ')}.`)
  }
  return reasons.length > 0 ? { message: messages.join(' '), reasons } : undefined
}
