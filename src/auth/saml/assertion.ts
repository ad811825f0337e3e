import { attributeOf, childOf, childrenOf, SamlError, textOf, timeOf } from './read-xml.ts'

export const nameIdFormats = {
  persistent: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
  email: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
  transient: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
  unspecified: 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
} as const

/** What an identity provider says of somebody; good, once `readResponse` answered it. */
export interface Assertion {
  readonly id: string
  readonly issueInstant: Date
  readonly nameId: { readonly format: string; readonly value: string } | undefined
  readonly attributes: readonly Attribute[]
  /** When the session has to end that begins with it. */
  readonly sessionNotOnOrAfter: Date | undefined
}

export interface Attribute {
  readonly name: string
  readonly friendlyName: string
  readonly values: readonly string[]
}

/** Reads an element that was found to be good. */
export function readAssertion(element: Element): Assertion {
  const subject = childOf(element, 'assertion', 'Subject')
  const nameId = subject && childOf(subject, 'assertion', 'NameID')
  const statements = childrenOf(element, 'assertion', 'AttributeStatement')
  const ends = childrenOf(element, 'assertion', 'AuthnStatement').map((statement) =>
    timeOf(statement, 'SessionNotOnOrAfter'),
  )
  const issueInstant = timeOf(element, 'IssueInstant')
  if (!issueInstant) throw new SamlError('an assertion without IssueInstant')
  return {
    id: attributeOf(element, 'ID') ?? '',
    issueInstant,
    nameId: nameId && { format: attributeOf(nameId, 'Format') ?? '', value: textOf(nameId) },
    attributes: statements.flatMap((statement) =>
      childrenOf(statement, 'assertion', 'Attribute').map((attribute) => ({
        name: attributeOf(attribute, 'Name') ?? '',
        friendlyName: attributeOf(attribute, 'FriendlyName') ?? '',
        values: childrenOf(attribute, 'assertion', 'AttributeValue').map(textOf),
      })),
    ),
    sessionNotOnOrAfter: ends.find((end) => end !== undefined),
  }
}

/** All values of an attribute, by its name or its friendly one, in any case. */
export function valuesOf({ attributes }: Assertion, name: string): readonly string[] {
  const wanted = name.toLowerCase()
  return attributes.flatMap((attribute) =>
    attribute.name.toLowerCase() === wanted || attribute.friendlyName.toLowerCase() === wanted ? attribute.values : [],
  )
}

/** The provider's lasting id of the user: `subject-id`, else a NameID that does not change. Undefined where there is none. */
export function subjectOf(assertion: Assertion): string | undefined {
  const [subjectId] = valuesOf(assertion, 'urn:oasis:names:tc:SAML:attribute:subject-id')
  if (subjectId !== undefined) return subjectId || undefined
  const { nameId } = assertion
  if (!nameId || nameId.format === nameIdFormats.transient) return undefined
  const value = nameId.format === nameIdFormats.email ? nameId.value.trim().toLowerCase() : nameId.value
  return value || undefined
}

/** The names that identity providers have for an address, and else a NameID that is one. */
export function emailOf(assertion: Assertion): string | undefined {
  const values = emailAttributes.flatMap((name) => valuesOf(assertion, name))
  const { nameId } = assertion
  const own = nameId?.format === nameIdFormats.email ? nameId.value : undefined
  return values.find((value) => value !== '') || own || undefined
}

const emailAttributes = [
  'urn:oid:0.9.2342.19200300.100.1.3',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress',
  'http://schemas.xmlsoap.org/claims/EmailAddress',
  'mail',
  'email',
]
