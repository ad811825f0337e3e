export { isKnownProvider, reasonAgainst } from './definitions.ts'
export { createIdTokenVerifier, type IdTokenProof, type IdTokenVerifier } from './id-token.ts'
export { type Profile, withName } from './profile.ts'
export { createProvider, type Provider, type ProviderAnswer, type ProviderSettings } from './provider.ts'
