import type { KeyObject } from 'node:crypto'
import { type Assertion, readAssertion } from './assertion.ts'
import { decrypt } from './decrypt.ts'
import { attributeOf, childOf, childrenOf, isNamed, readXml, SamlError, textOf, timeOf } from './read-xml.ts'
import { signedElement } from './verify-signature.ts'

/** What a response has to fit. */
export interface Expectation {
  /** The identity provider that answers. */
  readonly issuer: string
  readonly keys: readonly KeyObject[]
  /** Whom it answers. */
  readonly audience: string
  readonly acsUrl: string
  /** Those that open encrypted assertions; none where they are refused. */
  readonly decryptionKeys: readonly KeyObject[]
  /** The request that it answers; undefined where the provider came by itself. */
  readonly requestId: string | undefined
  readonly now: Date
}

/** Milliseconds, as GoTrue has them (github.com/crewjam/saml). */
export const maximumAge = 90_000
const skew = 180_000

const statusSuccess = 'urn:oasis:names:tc:SAML:2.0:status:Success'
const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'

/**
 * The assertion of a response by the Web Browser SSO Profile (SAML 2.0 Profiles, section 4.1.4), which was signed as a
 * whole or in the assertion. Only what was signed is read, and of several assertions none. Throws `SamlError`.
 */
export async function readResponse(text: string, expected: Expectation): Promise<Assertion> {
  const root = await readXml(text)
  if (!isNamed(root, 'protocol', 'Response')) throw new SamlError('no SAML response')
  const signed = await signedElement(text, root, expected.keys)
  const response = signed ?? root
  assertAnswer(response, expected, signed !== undefined)
  const plain = childrenOf(response, 'assertion', 'Assertion')
  const encrypted = childrenOf(response, 'assertion', 'EncryptedAssertion')
  const [only, ...others] = [...plain, ...encrypted]
  if (!only || others.length > 0) throw new SamlError('a response has to have one assertion')
  const whole = plain.includes(only) ? { text, element: only } : await open(only, expected)
  const assertion = signed ? whole.element : await signedElement(whole.text, whole.element, expected.keys)
  if (!assertion) throw new SamlError('neither the response nor the assertion is signed')
  assertMeant(assertion, expected)
  return readAssertion(assertion)
}

async function open(element: Element, { decryptionKeys }: Expectation) {
  if (decryptionKeys.length === 0) throw new SamlError('encrypted assertions are not allowed')
  const text = decrypt(element, decryptionKeys)
  const opened = await readXml(text)
  if (!isNamed(opened, 'assertion', 'Assertion')) throw new SamlError('no assertion was encrypted')
  return { text, element: opened }
}

function assertAnswer(response: Element, { issuer, acsUrl, requestId, now }: Expectation, isSigned: boolean): void {
  const destination = attributeOf(response, 'Destination')
  if ((isSigned || destination) && destination !== acsUrl) throw new SamlError('the response was for another address')
  if (requestId !== undefined && attributeOf(response, 'InResponseTo') !== requestId) {
    throw new SamlError('the response answers another request')
  }
  assertFresh(response, now)
  const named = childOf(response, 'assertion', 'Issuer')
  if (named && textOf(named).trim() !== issuer) throw new SamlError('the response is of another issuer')
  const status = childOf(response, 'protocol', 'Status')
  const code = status && childOf(status, 'protocol', 'StatusCode')
  const value = code && attributeOf(code, 'Value')
  if (value !== statusSuccess) throw new SamlError(`the identity provider answered ${value?.slice(0, 100)}`)
}

function assertMeant(assertion: Element, expected: Expectation): void {
  const { issuer, audience, now } = expected
  assertFresh(assertion, now)
  const named = childOf(assertion, 'assertion', 'Issuer')
  if (!named || textOf(named).trim() !== issuer) throw new SamlError('the assertion is of another issuer')
  const subject = childOf(assertion, 'assertion', 'Subject')
  const confirmations = subject ? childrenOf(subject, 'assertion', 'SubjectConfirmation') : []
  if (!confirmations.some((confirmation) => isConfirmed(confirmation, expected))) {
    throw new SamlError('the assertion is for another address or request, or too old')
  }
  const conditions = childOf(assertion, 'assertion', 'Conditions')
  const end = conditions && timeOf(conditions, 'NotOnOrAfter')
  if (!conditions || !end || !isWithin(timeOf(conditions, 'NotBefore'), end, now)) {
    throw new SamlError('the assertion is too old or too young')
  }
  const restrictions = childrenOf(conditions, 'assertion', 'AudienceRestriction')
  const isAudience = (restriction: Element) =>
    childrenOf(restriction, 'assertion', 'Audience').some((element) => textOf(element).trim() === audience)
  if (restrictions.length === 0 || !restrictions.every(isAudience)) {
    throw new SamlError('the assertion is for another audience')
  }
  for (const statement of childrenOf(assertion, 'assertion', 'AuthnStatement')) {
    const sessionEnd = timeOf(statement, 'SessionNotOnOrAfter')
    if (sessionEnd && !isWithin(undefined, sessionEnd, now)) throw new SamlError('the session is over')
  }
}

/** Whoever brings the assertion counts as its subject, at this address, in answer to this request, until then. */
function isConfirmed(confirmation: Element, { acsUrl, requestId, now }: Expectation): boolean {
  const data = childOf(confirmation, 'assertion', 'SubjectConfirmationData')
  if (attributeOf(confirmation, 'Method') !== bearer || !data) return false
  const end = timeOf(data, 'NotOnOrAfter')
  if (attributeOf(data, 'Recipient') !== acsUrl || !end) return false
  if (requestId !== undefined && attributeOf(data, 'InResponseTo') !== requestId) return false
  return isWithin(timeOf(data, 'NotBefore'), end, now)
}

function isWithin(start: Date | undefined, end: Date, now: Date): boolean {
  const time = now.getTime()
  return (start === undefined || time >= start.getTime() - skew) && time < end.getTime() + skew
}

function assertFresh(element: Element, now: Date): void {
  const issued = timeOf(element, 'IssueInstant')?.getTime()
  if (issued === undefined) throw new SamlError('IssueInstant is missing')
  const age = now.getTime() - issued
  if (age > maximumAge || age < -skew) throw new SamlError('it was issued at another time')
}
