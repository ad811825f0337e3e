export { beginExternal, type ExternalRequest } from './begin.ts'
export { type Finished, finishExternal } from './finish.ts'
export { findFlow } from './flow.ts'
export { signInWithIdToken } from './sign-in-with-id-token.ts'
