export type { Verification } from './verification.ts'
export { type Verified, verify } from './verify.ts'
