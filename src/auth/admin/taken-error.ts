import { AuthError } from '../auth-error.ts'
import { isUniqueViolation } from '../database/index.ts'
import { isEmailTaken, isPhoneTaken } from '../users/index.ts'

/** The answer when an address, a number or an id is another user's; undefined for any other error. */
export function takenError(error: unknown): AuthError | undefined {
  if (isEmailTaken(error)) {
    return new AuthError(422, 'email_exists', 'A user with this email address has already been registered')
  }
  if (isPhoneTaken(error)) {
    return new AuthError(422, 'phone_exists', 'Phone number already registered by another user')
  }
  if (isUniqueViolation(error, 'users_pkey')) {
    return new AuthError(409, 'conflict', 'A user with this id exists')
  }
  return undefined
}
