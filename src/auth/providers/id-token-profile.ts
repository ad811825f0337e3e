import type { JsonObject } from '../json.ts'
import type { Definition } from './definitions.ts'
import { joined, type Profile, pick, profileOf } from './profile.ts'

/** What the claims of an ID token say, by the project's own rules where there are such. */
export function profileFrom({ own }: Definition, provider: string, claims: JsonObject): Profile {
  return own ? own.readProfile(claims) : profileOfClaims(provider, claims)
}

/**
 * What the claims of an ID token say, once its signature is proven. Providers differ in what vouches for an address:
 * Azure's `xms_edov`, Google's domain and so on, as GoTrue reads them (internal/api/provider/oidc.go).
 */
function profileOfClaims(provider: string, claims: JsonObject): Profile {
  const common = {
    issuer: String(claims.iss ?? ''),
    subject: claims.sub,
    email: claims.email,
    name: claims.name ?? (joined(claims.given_name, claims.family_name) || undefined),
    picture: claims.picture,
    userName: claims.preferred_username,
  }
  switch (provider) {
    case 'google':
      return profileOf({ ...common, emailVerified: isTrue(claims.email_verified), custom: pick(claims, ['hd']) })
    case 'apple':
      return profileOf({
        ...common,
        emailVerified: isTrue(claims.email_verified),
        custom: { ...pick(claims, ['auth_time', 'is_private_email']) },
      })
    case 'azure':
      // A tenant's administrator writes addresses as they like; only this claim says that the domain is the tenant's.
      return profileOf({ ...common, emailVerified: isTrue(claims.xms_edov), custom: without(claims, ownOfAzure) })
    case 'slack_oidc':
      return profileOf({ ...common, emailVerified: isTrue(claims.email_verified), custom: pick(claims, [slackTeam]) })
    case 'linkedin_oidc':
      return profileOf({
        ...common,
        emailVerified: isTrue(claims.email_verified),
        further: pick(claims, ['given_name', 'family_name', 'locale']),
      })
    case 'keycloak':
      return profileOf({
        ...common,
        emailVerified: isTrue(claims.email_verified),
        custom: without(claims, ownOfKeycloak),
      })
    case 'facebook':
    case 'kakao':
      // Both tell confirmed addresses only.
      return profileOf({ ...common, emailVerified: true })
    default:
      return profileOf({ ...common, emailVerified: isTrue(claims.email_verified) })
  }
}

/** Some say it in words or digits. */
export function isTrue(value: unknown): boolean {
  return value === true || value === 'true' || value === 1 || value === '1'
}

const slackTeam = 'https://slack.com/team_id'

/** Claims of the token and not of the user, and those that are kept under a name of their own. */
const ofTheToken = ['aud', 'iss', 'iat', 'nbf', 'exp', 'c_hash', 'at_hash', 'nonce', 'jti', 'sub', 'name']
const ownOfAzure = [...ofTheToken, 'preferred_username', 'aio', 'rh', 'uti', 'ver']
const ownOfKeycloak = [...ofTheToken, 'email', 'email_verified', 'azp', 'typ', 'sid', 'acr', 'auth_time', 's_hash']

function without(claims: JsonObject, names: readonly string[]): JsonObject {
  return pick(
    claims,
    Object.keys(claims).filter((name) => !names.includes(name)),
  )
}
