export { signInAnonymously } from './sign-in-anonymously.ts'
export { signInWithPassword } from './sign-in-with-password.ts'
export { signUp } from './sign-up.ts'
