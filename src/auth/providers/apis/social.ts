import type { JsonObject } from '../../json.ts'
import { joined, listAt, objectAt, objectOf, pick, profileOf, textOf } from '../profile.ts'
import type { OAuthDefinition } from './definition.ts'

/** Services where people meet, watch and listen. */

export function discord(own: string | undefined): OAuthDefinition {
  const api = `${own ?? 'https://discord.com'}/api`
  return {
    kind: 'oauth',
    issuer: api,
    authorize: `${api}/oauth2/authorize`,
    token: `${api}/oauth2/token`,
    scopes: ['email', 'identify'],
    async readProfile(ask) {
      const user = objectOf(await ask(`${api}/users/@me`))
      const { username, discriminator = '0' } = user
      return profileOf({
        ...{ issuer: api, subject: user.id, email: user.email, emailVerified: user.verified === true },
        ...{ name: `${username}#${discriminator}`, picture: discordAvatar(user) },
        further: { full_name: username },
        custom: { global_name: user.global_name ?? null },
      })
    },
  }
}

/** See https://discord.com/developers/docs/reference#image-formatting. */
function discordAvatar({ id, avatar, discriminator }: JsonObject): string {
  const chosen = textOf(avatar)
  if (chosen === undefined) return `https://cdn.discordapp.com/embed/avatars/${(Number(discriminator) || 0) % 5}.png`
  return `https://cdn.discordapp.com/avatars/${id}/${chosen}.${chosen.startsWith('a_') ? 'gif' : 'png'}`
}

export function facebook(own: string | undefined): OAuthDefinition {
  const web = own ?? 'https://www.facebook.com'
  const api = own ?? 'https://graph.facebook.com'
  return {
    kind: 'oauth',
    issuer: web,
    authorize: `${web}/dialog/oauth`,
    token: `${api}/oauth/access_token`,
    scopes: ['email'],
    idTokenIssuer: 'https://www.facebook.com',
    async readProfile(ask) {
      const fields = 'email,first_name,last_name,name,picture'
      const user = objectOf(await ask(`${api}/me?fields=${fields}`))
      return profileOf({
        ...{ issuer: web, subject: user.id, name: joined(user.first_name, user.last_name) || user.name },
        ...{ email: user.email, emailVerified: textOf(user.email) !== undefined },
        picture: objectAt(objectAt(user, 'picture'), 'data').url,
        further: { nickname: user.name, slug: user.name },
      })
    },
  }
}

export function x(own: string | undefined): OAuthDefinition {
  const api = own ?? 'https://api.x.com'
  return {
    kind: 'oauth',
    issuer: api,
    authorize: `${own ?? 'https://x.com'}/i/oauth2/authorize`,
    token: `${api}/2/oauth2/token`,
    clientAuth: 'basic',
    scopes: ['users.email', 'tweet.read', 'users.read', 'offline.access'],
    async readProfile(ask) {
      const fields = 'id,name,username,confirmed_email,profile_image_url,url,created_at'
      const user = objectAt(await ask(`${api}/2/users/me?user.fields=${fields}`), 'data')
      return profileOf({
        ...{ issuer: api, subject: user.id, name: user.name, userName: user.username },
        ...{ picture: user.profile_image_url, email: user.confirmed_email, emailVerified: true },
        further: { profile: `https://x.com/${user.username}`, website: user.url },
        custom: { created_at: user.created_at ?? null },
      })
    },
  }
}

export function twitch(own: string | undefined): OAuthDefinition {
  const [web, api] = [own ?? 'https://id.twitch.tv', own ?? 'https://api.twitch.tv']
  return {
    kind: 'oauth',
    issuer: api,
    authorize: `${web}/oauth2/authorize`,
    token: `${web}/oauth2/token`,
    scopes: ['user:read:email'],
    async readProfile(ask, { clientId }) {
      const [user = {}] = listAt(await ask(`${api}/helix/users`, { 'client-id': clientId }), 'data')
      return profileOf({
        ...{ issuer: api, subject: user.id, name: user.login, userName: user.display_name },
        ...{ picture: user.profile_image_url, email: user.email, emailVerified: true },
        further: { nickname: user.display_name, slug: user.display_name },
        custom: pick(user, ['broadcaster_type', 'description', 'type', 'offline_image_url', 'view_count']),
      })
    },
  }
}

export function spotify(own: string | undefined): OAuthDefinition {
  const web = own ?? 'https://accounts.spotify.com'
  const api = own ?? 'https://api.spotify.com/v1'
  return {
    kind: 'oauth',
    issuer: api,
    authorize: `${web}/authorize`,
    token: `${web}/api/token`,
    clientAuth: 'basic',
    scopes: ['user-read-email'],
    async readProfile(ask) {
      const user = objectOf(await ask(`${api}/me`))
      const pixels = ({ width, height }: { readonly width?: unknown; readonly height?: unknown }) =>
        Number(width ?? 0) * Number(height ?? 0)
      const [largest] = listAt(user, 'images').toSorted((one, other) => pixels(other) - pixels(one))
      // Spotify does not say whether an address was ever confirmed.
      return profileOf({
        ...{ issuer: api, subject: user.id, name: user.display_name, picture: largest?.url },
        ...{ email: user.email, emailVerified: false },
      })
    },
  }
}

export function snapchat(own: string | undefined): OAuthDefinition {
  const web = own ?? 'https://accounts.snapchat.com'
  const api = own ?? 'https://kit.snapchat.com'
  const scope = (name: string) => `https://auth.snapchat.com/oauth2/api/${name}`
  return {
    kind: 'oauth',
    issuer: `${web}/accounts/oauth2/token`,
    authorize: `${web}/accounts/oauth2/auth`,
    token: `${web}/accounts/oauth2/token`,
    clientAuth: 'basic',
    scopes: [scope('user.external_id'), scope('user.display_name'), scope('user.bitmoji.avatar')],
    async readProfile(ask) {
      const query = encodeURIComponent('{me { externalId displayName bitmoji { avatar id } email } }')
      const user = objectAt(objectAt(await ask(`${api}/v1/me?query=${query}`), 'data'), 'me')
      return profileOf({
        ...{ issuer: `${web}/accounts/oauth2/token`, subject: user.externalId, name: user.displayName },
        ...{ picture: objectAt(user, 'bitmoji').avatar, email: user.email, emailVerified: true },
        further: { slug: user.displayName },
      })
    },
  }
}

export function kakao(own: string | undefined): OAuthDefinition {
  const web = own ?? 'https://kauth.kakao.com'
  const api = own ?? 'https://kapi.kakao.com'
  return {
    kind: 'oauth',
    issuer: api,
    authorize: `${web}/oauth/authorize`,
    token: `${web}/oauth/token`,
    scopes: ['account_email', 'profile_image', 'profile_nickname'],
    idTokenIssuer: web,
    async readProfile(ask) {
      const user = objectOf(await ask(`${api}/v2/user/me`))
      const account = objectAt(user, 'kakao_account')
      const { nickname, profile_image_url: picture } = objectAt(account, 'profile')
      return profileOf({
        ...{ issuer: api, subject: user.id, name: nickname, userName: nickname, picture, email: account.email },
        emailVerified: account.is_email_valid === true && account.is_email_verified === true,
      })
    },
  }
}
