export { type AccessTokenClaims, type AuthenticationMethod, createTokenSigner, type SignToken } from './access-token.ts'
export { createKeyRing, type KeyRing, publicKeysOf } from './key-ring.ts'
export { createThirdParty, type ThirdParty } from './third-party.ts'
export { createTokenVerifier, type TokenVerifier, type TokenVerifierOptions } from './token-verifier.ts'
