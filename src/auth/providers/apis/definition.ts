import type { JsonObject } from '../../json.ts'
import type { Profile } from '../profile.ts'

/** What a project decides about a provider that it added itself. */
export interface OwnTerms {
  /** The code is asked for with a challenge (RFC 7636). */
  readonly usesPkce: boolean
  /** What else the provider is told when someone is sent to it; a client does not overrule it. */
  readonly parameters: Readonly<Record<string, string>>
  /** What its claims say of a user. */
  readProfile(claims: JsonObject): Profile
}

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
  readonly own?: OwnTerms
  readProfile(ask: AskApi, redeemed: Redeemed): Promise<Profile>
}

/** Asks the provider's API as the user, and answers its JSON. */
export type AskApi = (url: string, headers?: Readonly<Record<string, string>>) => Promise<unknown>

export interface Redeemed {
  readonly clientId: string
  /** What came with the access token. */
  readonly answer: JsonObject
}
