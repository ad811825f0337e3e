export { beginExternal, type ExternalRequest } from './begin.ts'
export { type Finished, findFlow, finishExternal } from './finish.ts'
export { signInWithIdToken } from './sign-in-with-id-token.ts'
