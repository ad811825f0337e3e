import { isJsonObject, type JsonObject } from '../json.ts'
import { objectAt, type Profile, profileOf, textOf } from './profile.ts'

/** How a provider is spoken to. */
export type Definition = OidcDefinition | OAuthDefinition

/** One that publishes where its endpoints are, and says who a user is in an ID token. */
export interface OidcDefinition {
  readonly kind: 'oidc'
  readonly issuer: string
  readonly scopes: readonly string[]
  /** Apple posts its answer when it is asked for a name. */
  readonly responseMode?: 'form_post'
}

/** One that gives a token for an API of its own, which is then asked. */
export interface OAuthDefinition {
  readonly kind: 'oauth'
  readonly issuer: string
  readonly authorize: string
  readonly token: string
  readonly scopes: readonly string[]
  readProfile(ask: (url: string) => Promise<unknown>): Promise<Profile>
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
    case 'github':
      return github(base)
    case 'gitlab':
      return gitlab(base ?? 'https://gitlab.com')
    case 'discord':
      return discord
    case 'facebook':
      return facebook
    default:
      return base === undefined ? undefined : oidc(base, standard)
  }
}

function github(own: string | undefined): OAuthDefinition {
  const web = own ?? 'https://github.com'
  const api = own === undefined ? 'https://api.github.com' : `${own}/api/v3`
  return {
    kind: 'oauth',
    issuer: api,
    authorize: `${web}/login/oauth/authorize`,
    token: `${web}/login/oauth/access_token`,
    scopes: ['user:email'],
    async readProfile(ask) {
      const user = object(await ask(`${api}/user`))
      const emails = await ask(`${api}/user/emails`)
      const own = (Array.isArray(emails) ? emails : []).filter(isJsonObject)
      const primary = own.find(({ primary }) => primary === true)
      return profileOf({
        ...{ issuer: api, subject: user.id, name: user.name, picture: user.avatar_url, userName: user.login },
        ...{ email: primary?.email, emailVerified: primary?.verified === true },
      })
    },
  }
}

function gitlab(base: string): OAuthDefinition {
  return {
    kind: 'oauth',
    issuer: base,
    authorize: `${base}/oauth/authorize`,
    token: `${base}/oauth/token`,
    scopes: ['read_user'],
    async readProfile(ask) {
      const user = object(await ask(`${base}/api/v4/user`))
      return profileOf({
        ...{ issuer: base, subject: user.id, name: user.name, picture: user.avatar_url, userName: user.username },
        ...{ email: user.email, emailVerified: textOf(user.confirmed_at) !== undefined },
      })
    },
  }
}

const discord: OAuthDefinition = {
  kind: 'oauth',
  issuer: 'https://discord.com/api',
  authorize: 'https://discord.com/api/oauth2/authorize',
  token: 'https://discord.com/api/oauth2/token',
  scopes: ['email', 'identify'],
  async readProfile(ask) {
    const user = object(await ask('https://discord.com/api/users/@me'))
    const avatar = textOf(user.avatar)
    const format = avatar?.startsWith('a_') ? 'gif' : 'png'
    return profileOf({
      ...{ issuer: 'https://discord.com/api', subject: user.id, email: user.email, userName: user.username },
      ...{ name: user.global_name ?? user.username, emailVerified: user.verified === true },
      picture: avatar && `https://cdn.discordapp.com/avatars/${user.id}/${avatar}.${format}`,
      custom: { global_name: user.global_name ?? null },
    })
  },
}

const facebook: OAuthDefinition = {
  kind: 'oauth',
  issuer: 'https://www.facebook.com',
  authorize: 'https://www.facebook.com/dialog/oauth',
  token: 'https://graph.facebook.com/oauth/access_token',
  scopes: ['email'],
  async readProfile(ask) {
    const fields = 'email,first_name,last_name,name,picture'
    const user = object(await ask(`https://graph.facebook.com/me?fields=${fields}`))
    return profileOf({
      ...{ issuer: 'https://www.facebook.com', subject: user.id, name: user.name },
      ...{ email: user.email, emailVerified: textOf(user.email) !== undefined },
      picture: objectAt(objectAt(user, 'picture'), 'data').url,
    })
  },
}

function object(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {}
}
