export { listPasskeys, removePasskey, removePasskeyAsAdmin, renamePasskey } from './manage-passkeys.ts'
export { beginRegistration, finishRegistration } from './register-passkey.ts'
export { beginAuthentication, finishAuthentication } from './sign-in-with-passkey.ts'
