import type { JsonObject } from '../../json.ts'
import type { Profile } from '../profile.ts'

/** How a provider is spoken to that gives a token for an API of its own, which is then asked. */
export interface OAuthDefinition {
  readonly kind: 'oauth'
  readonly issuer: string
  readonly authorize: string
  readonly token: string
  /** Where the secret goes when a code is redeemed; into the body unless said. */
  readonly clientAuth?: 'basic'
  readonly scopes: readonly string[]
  /** Who signs the ID tokens that native apps get, where there are such. */
  readonly idTokenIssuer?: string
  readProfile(ask: AskApi, redeemed: Redeemed): Promise<Profile>
}

/** Asks the provider's API as the user, and answers its JSON. */
export type AskApi = (url: string, headers?: Readonly<Record<string, string>>) => Promise<unknown>

export interface Redeemed {
  readonly clientId: string
  /** What came with the access token. */
  readonly answer: JsonObject
}
