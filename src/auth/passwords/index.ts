export { createPasswordHasher, isBcrypt, maximumPasswordBytes, type PasswordHasher } from './password-hasher.ts'
export { assertPasswordAllowed, findWeakness, type PasswordRules, requirements } from './password-rules.ts'
