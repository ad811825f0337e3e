import { isJsonObject } from '../../json.ts'
import { listAt, objectAt, objectOf, profileOf, textOf } from '../profile.ts'
import type { OAuthDefinition } from './definition.ts'

/** Services that keep code: each may run at an address of the project's own. */

export function github(own: string | undefined): OAuthDefinition {
  const web = own ?? 'https://github.com'
  const api = own === undefined ? 'https://api.github.com' : `${own}/api/v3`
  return {
    kind: 'oauth',
    issuer: api,
    authorize: `${web}/login/oauth/authorize`,
    token: `${web}/login/oauth/access_token`,
    scopes: ['user:email'],
    async readProfile(ask) {
      const user = objectOf(await ask(`${api}/user`))
      const emails = await ask(`${api}/user/emails`)
      const own = (Array.isArray(emails) ? emails : []).filter(isJsonObject)
      const primary = own.find(({ primary }) => primary === true)
      return profileOf({
        ...{ issuer: api, subject: user.id, name: user.name, picture: user.avatar_url, userName: user.login },
        ...{ email: primary?.email, emailVerified: primary?.verified === true },
        otherEmails: own.filter((one) => one !== primary && one.verified === true).map(({ email }) => email),
      })
    },
  }
}

export function gitlab(own: string | undefined): OAuthDefinition {
  const base = own ?? 'https://gitlab.com'
  return {
    kind: 'oauth',
    issuer: base,
    authorize: `${base}/oauth/authorize`,
    token: `${base}/oauth/token`,
    scopes: ['read_user'],
    async readProfile(ask) {
      const user = objectOf(await ask(`${base}/api/v4/user`))
      return profileOf({
        ...{ issuer: base, subject: user.id, name: user.name, picture: user.avatar_url, userName: user.username },
        ...{ email: user.email, emailVerified: textOf(user.confirmed_at) !== undefined },
      })
    },
  }
}

export function bitbucket(own: string | undefined): OAuthDefinition {
  const web = own ?? 'https://bitbucket.org'
  const api = `${own ?? 'https://api.bitbucket.org'}/2.0`
  return {
    kind: 'oauth',
    issuer: api,
    authorize: `${web}/site/oauth2/authorize`,
    token: `${web}/site/oauth2/access_token`,
    clientAuth: 'basic',
    scopes: ['account', 'email'],
    async readProfile(ask) {
      const user = objectOf(await ask(`${api}/user`))
      const emails = listAt(await ask(`${api}/user/emails`), 'values')
      const primary = emails.find(({ is_primary }) => is_primary === true)
      return profileOf({
        ...{ issuer: api, subject: user.uuid, name: user.display_name },
        ...{ email: primary?.email, emailVerified: primary?.is_confirmed === true },
        otherEmails: emails.filter((one) => one !== primary && one.is_confirmed === true).map(({ email }) => email),
        picture: objectAt(objectAt(user, 'links'), 'avatar').href ?? objectAt(user, 'avatar').href,
      })
    },
  }
}
