import { isJsonObject, type JsonObject } from '../json.ts'

/** What another service says of a user. */
export interface Profile {
  /** Its own id of the user, which never changes. */
  readonly subject: string
  /** The user's address in lower case, where it told one. */
  readonly email: string | undefined
  /** The service itself has proven that the address is the user's. */
  readonly emailVerified: boolean
  /** Further addresses, each proven too. */
  readonly otherEmails?: readonly string[]
  /** What becomes `identity_data`, under GoTrue's names. */
  readonly data: JsonObject
}

/** The fields of which a profile is made; undefined and empty ones are left out. */
export interface ProfileFields {
  readonly issuer: string
  readonly subject: unknown
  readonly email?: unknown
  readonly emailVerified: boolean
  readonly name?: unknown
  readonly picture?: unknown
  readonly userName?: unknown
  /** Proven addresses beside the first. */
  readonly otherEmails?: readonly unknown[]
  /** What else is said, under GoTrue's names; undefined and empty texts are left out. */
  readonly further?: JsonObject
  readonly custom?: JsonObject | undefined
}

/** Throws for a profile that does not say who it is of. */
export function profileOf(fields: ProfileFields): Profile {
  const { issuer, emailVerified, custom } = fields
  // A larger number was rounded when it was read, and may be another user's too.
  const subject = Number.isSafeInteger(fields.subject) ? String(fields.subject) : textOf(fields.subject)
  if (subject === undefined) throw new TypeError('the profile names no subject')
  const email = textOf(fields.email)?.toLowerCase()
  const [name, picture, userName] = [textOf(fields.name), textOf(fields.picture), textOf(fields.userName)]
  const otherEmails = (fields.otherEmails ?? []).flatMap((other) => textOf(other)?.toLowerCase() ?? [])
  const hasCustom = custom !== undefined && Object.keys(custom).length > 0
  const data = {
    iss: issuer,
    sub: subject,
    ...(email !== undefined && { email }),
    ...(name !== undefined && { name, full_name: name }),
    ...(picture !== undefined && { picture, avatar_url: picture }),
    ...(userName !== undefined && { user_name: userName, preferred_username: userName }),
    ...Object.fromEntries(Object.entries(fields.further ?? {}).filter(([, value]) => textOf(value) !== undefined)),
    ...(hasCustom && { custom_claims: custom }),
    provider_id: subject,
    email_verified: email !== undefined && emailVerified,
    phone_verified: false,
  }
  return { subject, email, emailVerified: email !== undefined && emailVerified, otherEmails, data }
}

/** Every address that the service has proven to be the user's. */
export function provenEmails({ email, emailVerified, otherEmails = [] }: Profile): readonly string[] {
  return [...(email !== undefined && emailVerified ? [email] : []), ...otherEmails]
}

/** The same profile under a name that came beside it. */
export function withName(profile: Profile, name: string): Profile {
  return name === '' ? profile : { ...profile, data: { ...profile.data, name, full_name: name } }
}

/** The text of a field; undefined for anything else, and for an empty one. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function objectAt(value: unknown, key: string): JsonObject {
  const inner = isJsonObject(value) ? value[key] : undefined
  return isJsonObject(inner) ? inner : {}
}

/** A list of objects; empty where there is none. */
export function listAt(value: unknown, key: string): readonly JsonObject[] {
  const inner = isJsonObject(value) ? value[key] : undefined
  return Array.isArray(inner) ? inner.filter(isJsonObject) : []
}

export function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {}
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
