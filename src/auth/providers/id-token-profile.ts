import type { JsonObject } from '../json.ts'
import type { Definition } from './definitions.ts'
import { type Profile, profileOf, textOf } from './profile.ts'

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
      return profileOf({ ...common, emailVerified: isTrue(claims.xms_edov), custom: pick(claims, ['tid', 'oid']) })
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

/** Those of the claims that are there. */
export function pick(claims: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names
      .filter((name) => Object.hasOwn(claims, name) && claims[name] !== undefined)
      .map((name) => [name, claims[name]]),
  )
}

/** The texts, with a space between. */
export function joined(...parts: readonly unknown[]): string {
  return parts.flatMap((part) => textOf(part) ?? []).join(' ')
}
