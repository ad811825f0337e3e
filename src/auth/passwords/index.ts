export { createPasswordHasher, maximumPasswordBytes, type PasswordHasher } from './password-hasher.ts'
export { assertPasswordAllowed, findWeakness, type PasswordRules, requirements } from './password-rules.ts'
export { readStoredHash } from './stored-hash.ts'
