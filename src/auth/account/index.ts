export { sendReauthenticationCode } from './reauthenticate.ts'
export type { SignedIn } from './signed-in.ts'
export { updateUser } from './update-user.ts'
export { verifyLink } from './verify-link.ts'
