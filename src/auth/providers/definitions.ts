import type { JWTVerifyGetKey } from 'jose'
import type { JsonObject } from '../json.ts'
import { apis, type OAuthDefinition, type OwnTerms } from './apis/index.ts'

/** How a provider is spoken to. */
export type Definition = OidcDefinition | OAuthDefinition

/** One that publishes where its endpoints are, and says who a user is in an ID token. */
export interface OidcDefinition {
  readonly kind: 'oidc'
  readonly issuer: string
  readonly scopes: readonly string[]
  /** Apple posts its answer when it is asked for a name. */
  readonly responseMode?: 'form_post'
  /** What it publishes of itself, where the project says how that is found. */
  readonly published?: { document(): Promise<JsonObject>; keys(): Promise<JWTVerifyGetKey> }
  /** Whether an ID token that comes with a code has to hold the nonce that was sent; it does unless said. */
  readonly expectsNonce?: boolean
  readonly own?: OwnTerms
}

const oidc = (issuer: string, scopes: readonly string[]): OidcDefinition => ({ kind: 'oidc', issuer, scopes })

const standard = ['openid', 'email', 'profile']

/**
 * How the providers of `[auth.external.NAME]` are spoken to, by name; `url` is the project's own address of one that
 * may run anywhere. Any other name with a `url` is an OpenID Connect issuer.
 * See GoTrue's internal/api/provider, a file for each.
 */
export function definitionOf(name: string, url: string | undefined): Definition | undefined {
  const base = url?.replace(/\/+$/, '')
  const api = Object.hasOwn(apis, name) ? apis[name] : undefined
  if (api) return api(base)
  switch (name) {
    case 'google':
      return oidc('https://accounts.google.com', standard)
    case 'apple':
      return { ...oidc('https://appleid.apple.com', ['openid', 'email', 'name']), responseMode: 'form_post' }
    case 'azure':
      return oidc(`${base ?? 'https://login.microsoftonline.com/common'}/v2.0`, standard)
    case 'linkedin_oidc':
      return oidc('https://www.linkedin.com/oauth', standard)
    case 'slack_oidc':
      return oidc('https://slack.com', standard)
    case 'twitter':
      return undefined
    default:
      return base === undefined ? undefined : oidc(base, standard)
  }
}

/** Whether GoTrue has a provider of the name, enabled or not. */
export function isKnownProvider(name: string): boolean {
  return Object.hasOwn(apis, name) || otherNames.includes(name)
}

const otherNames: readonly string[] = [
  ...['google', 'apple', 'azure', 'keycloak', 'linkedin', 'linkedin_oidc', 'slack', 'slack_oidc', 'twitter'],
  'vercel_marketplace',
]

/** Why nobody can sign in with a provider that has no definition. */
export function reasonAgainst(name: string): string {
  return name === 'twitter'
    ? 'OAuth 1.0a is not spoken here; its successor is [auth.external.x]'
    : `it is neither known nor has it a url, the issuer's, in [auth.external.${name}]`
}
