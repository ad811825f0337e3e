import { isJsonObject, type JsonObject } from '../json.ts'
import { isTrue } from './id-token-profile.ts'
import { joined, type Profile, pick, profileOf, textOf } from './profile.ts'

/** How a project reads what a provider of its own says of a user. */
export interface ClaimRules {
  /** By GoTrue's name of a field: the provider's name of it, or the value itself where that is no text. */
  readonly mapping: JsonObject
  /** Claims that are kept as they are, in `custom_claims`. */
  readonly kept: readonly string[]
}

/** What more of the standard claims is kept than of a known provider. */
const further = [
  ...['given_name', 'family_name', 'middle_name', 'nickname', 'profile', 'website', 'gender', 'birthdate'],
  ...['zoneinfo', 'locale', 'phone'],
]

/** Fields that have another's value unless they are mapped. */
const derived = ['full_name', 'avatar_url', 'user_name', 'slug']

/** See GoTrue's internal/api/provider/custom_oauth.go; a mapping may name any claim, not the standard ones alone. */
export function mappedProfile(issuer: string, claims: JsonObject, { mapping, kept }: ClaimRules): Profile {
  const mapped = new Map(
    Object.entries(mapping).flatMap(([field, source]) => {
      if (typeof source !== 'string') return [[field, source] as const]
      return Object.hasOwn(claims, source) ? [[field, claims[source]] as const] : []
    }),
  )
  const value = (field: string) => (mapped.has(field) ? mapped.get(field) : claims[field])
  const texts = (fields: readonly string[], read: (field: string) => unknown) =>
    Object.fromEntries(fields.flatMap((field) => (textOf(read(field)) === undefined ? [] : [[field, read(field)]])))
  const own = mapped.get('custom_claims')
  const profile = profileOf({
    issuer: textOf(claims.iss) ?? issuer,
    subject: value('sub'),
    email: value('email'),
    emailVerified: isTrue(claims.email_verified),
    name: value('name') ?? (joined(value('given_name'), value('family_name')) || undefined),
    picture: value('picture'),
    userName: value('preferred_username'),
    custom: isJsonObject(own) ? own : pick(claims, kept),
  })
  return {
    ...profile,
    data: { ...texts(further, value), ...profile.data, ...texts(derived, (field) => mapped.get(field)) },
  }
}
