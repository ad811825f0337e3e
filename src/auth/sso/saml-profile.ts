import { AuthError } from '../auth-error.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import { type Profile, textOf } from '../providers/index.ts'
import { type Assertion, emailOf, subjectOf, valuesOf } from '../saml/index.ts'
import type { AttributeMapping, MappedAttribute } from './provider-request.ts'

/** Claims that are texts; whatever else is mapped is kept in `custom_claims`. */
const texts = [
  ...['name', 'family_name', 'given_name', 'middle_name', 'nickname', 'preferred_username', 'profile', 'picture'],
  ...['website', 'gender', 'birthdate', 'zoneinfo', 'locale', 'updated_at', 'phone', 'full_name', 'avatar_url', 'slug'],
  ...['provider_id', 'user_name'],
]

/** Bytes of what the database finds an identity by; a persistent NameID has at most 256 characters. */
const longestSubject = 1024

/** Claims that the sign-in itself decides, or that mean nothing here, whatever they are mapped to. */
const own = ['iss', 'sub', 'aud', 'iat', 'exp', 'email', 'email_verified', 'phone_verified', 'custom_claims']

/** Who an assertion is of, as a project has its attributes read (GoTrue's internal/api/samlacs.go). */
export function samlProfile(entityId: string, assertion: Assertion, mapping: AttributeMapping): Profile {
  const subject = subjectOf(assertion)
  if (subject === undefined || Buffer.byteLength(subject) > longestSubject) {
    const message =
      'SAML Assertion did not contain a persistent Subject Identifier attribute or Subject NameID uniquely identifying this user'
    throw new AuthError(400, 'saml_assertion_no_user_id', message)
  }
  const claims = mapped(assertion, mapping)
  const email = ((typeof claims.email === 'string' && claims.email) || emailOf(assertion))?.toLowerCase()
  if (email === undefined) {
    throw new AuthError(400, 'saml_assertion_no_email', 'SAML Assertion does not contain an email address')
  }
  if (email.length > 255) throw new AuthError(400, 'validation_failed', 'An email address is too long')
  const named = texts.flatMap((key) => (claims[key] ? [[key, textClaim(claims[key])] as const] : []))
  const custom = Object.entries(claims).filter(([key]) => !texts.includes(key) && !own.includes(key))
  const data = {
    iss: entityId,
    sub: subject,
    ...Object.fromEntries(named),
    email,
    email_verified: true,
    phone_verified: claims.phone_verified === true,
    custom_claims: Object.fromEntries(custom),
  }
  return { subject, email, emailVerified: true, data }
}

function mapped(assertion: Assertion, { keys }: AttributeMapping): JsonObject {
  return Object.fromEntries(
    Object.entries(keys ?? {}).flatMap(([key, attribute]) => {
      const value = claimOf(assertion, attribute)
      return value === undefined ? [] : [[key, value] as const]
    }),
  )
}

function claimOf(assertion: Assertion, { name, names = [], default: fallback, array }: MappedAttribute): unknown {
  for (const one of [...(name ? [name] : []), ...names]) {
    const values = valuesOf(assertion, one).filter((value) => value !== '')
    if (values.length > 0) return array ? values : values[0]
  }
  return fallback ?? undefined
}

function textClaim(value: unknown): string {
  if (typeof value === 'string') return value
  throw new AuthError(500, 'unexpected_failure', 'Mapped claims from provider could not be deserialized from JSON')
}

/** The mapping of a provider's row, which a hosted project may have written. */
export function mappingOf(column: JsonObject | null): AttributeMapping {
  const keys = isJsonObject(column?.keys) ? column.keys : {}
  const read = Object.entries(keys).flatMap(([key, attribute]) =>
    isJsonObject(attribute) ? [[key, mappedAttribute(attribute)] as const] : [],
  )
  return { keys: Object.fromEntries(read) }
}

function mappedAttribute({ name, names, default: fallback, array }: JsonObject): MappedAttribute {
  return {
    name: textOf(name),
    names: Array.isArray(names) ? names.filter((one) => typeof one === 'string') : [],
    default: fallback,
    array: array === true,
  }
}
