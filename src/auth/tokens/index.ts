export { type AccessTokenClaims, type AuthenticationMethod, createTokenSigner, type SignToken } from './access-token.ts'
export { importKeys, type ProjectKey } from './signing-keys.ts'
export { createTokenVerifier, type TokenVerifier, type TokenVerifierOptions } from './token-verifier.ts'
