export { type AccessTokenClaims, type AuthenticationMethod, createTokenSigner, type SignToken } from './access-token.ts'
export { createKeyRing, type KeyRing, publicKeysOf } from './key-ring.ts'
export { createTokenVerifier, type TokenVerifier, type TokenVerifierOptions } from './token-verifier.ts'
