import { joined, objectAt, objectOf, pick, profileOf } from '../profile.ts'
import type { OAuthDefinition } from './definition.ts'

/** Services where people work together. */

export function notion(own: string | undefined): OAuthDefinition {
  const api = own ?? 'https://api.notion.com'
  return {
    kind: 'oauth',
    issuer: api,
    authorize: `${api}/v1/oauth/authorize`,
    token: `${api}/v1/oauth/token`,
    clientAuth: 'basic',
    scopes: [],
    async readProfile(ask) {
      const bot = objectAt(await ask(`${api}/v1/users/me`, { 'notion-version': '2021-08-16' }), 'bot')
      const user = objectAt(objectAt(bot, 'owner'), 'user')
      return profileOf({
        ...{ issuer: api, subject: user.id, name: user.name, picture: user.avatar_url },
        ...{ email: objectAt(user, 'person').email, emailVerified: true },
      })
    },
  }
}

export function zoom(own: string | undefined): OAuthDefinition {
  const web = `${own ?? 'https://zoom.us'}/oauth`
  const api = `${own ?? 'https://api.zoom.us'}/v2`
  return {
    kind: 'oauth',
    issuer: api,
    authorize: `${web}/authorize`,
    token: `${web}/token`,
    clientAuth: 'basic',
    scopes: [],
    async readProfile(ask) {
      const user = objectOf(await ask(`${api}/users/me`))
      // 100 is a login with an address, which was confirmed or not; with any other, the service behind it vouches.
      const emailVerified = String(user.login_type) !== '100' || Number(user.verified) !== 0
      return profileOf({
        ...{ issuer: api, subject: user.id, name: joined(user.first_name, user.last_name) },
        ...{ picture: user.pic_url, email: user.email, emailVerified },
      })
    },
  }
}

export function workos(own: string | undefined): OAuthDefinition {
  const api = own ?? 'https://api.workos.com'
  return {
    kind: 'oauth',
    issuer: api,
    authorize: `${api}/sso/authorize`,
    token: `${api}/sso/token`,
    scopes: [],
    async readProfile(_ask, { answer }) {
      const user = objectAt(answer, 'profile')
      const { connection_id = null, organization_id = null } = user
      return profileOf({
        ...{ issuer: api, subject: user.id, name: joined(user.first_name, user.last_name) },
        ...{ email: user.email, emailVerified: true, custom: { connection_id, organization_id } },
      })
    },
  }
}

export function figma(own: string | undefined): OAuthDefinition {
  const api = own ?? 'https://api.figma.com'
  return {
    kind: 'oauth',
    issuer: api,
    authorize: `${own ?? 'https://www.figma.com'}/oauth`,
    token: `${api}/v1/oauth/token`,
    clientAuth: 'basic',
    scopes: ['current_user:read'],
    async readProfile(ask) {
      const user = objectOf(await ask(`${api}/v1/me`))
      return profileOf({
        ...{ issuer: api, subject: user.id, name: user.handle, picture: user.img_url },
        ...{ email: user.email, emailVerified: true },
      })
    },
  }
}

export function fly(own: string | undefined): OAuthDefinition {
  const api = own ?? 'https://api.fly.io'
  return {
    kind: 'oauth',
    issuer: api,
    authorize: `${api}/oauth/authorize`,
    token: `${api}/oauth/token`,
    scopes: ['read'],
    async readProfile(ask) {
      const user = objectOf(await ask(`${api}/oauth/token/info`))
      return profileOf({
        ...{ issuer: api, subject: user.user_id, name: user.user_name, email: user.email, emailVerified: true },
        custom: pick(user, ['resource_owner_id', 'organizations', 'application', 'scope', 'created_at']),
      })
    },
  }
}
