import { type KeyObject, X509Certificate } from 'node:crypto'
import { attributeOf, childrenOf, isNamed, namespaces, readXml, SamlError, textOf, timeOf } from './read-xml.ts'

/** What an identity provider publishes of itself. */
export interface IdentityProvider {
  readonly entityId: string
  /** Where it takes requests by HTTP-Redirect; undefined where it takes none that way. */
  readonly ssoUrl: string | undefined
  readonly certificates: readonly X509Certificate[]
  readonly validUntil: Date | undefined
  /** Seconds in which it need not be looked at again. */
  readonly cacheDuration: number | undefined
}

/** Characters (SAML 2.0 Core, section 8.3.6). */
const longestEntityId = 1024

/** More are not tried with a signature. */
const mostCertificates = 10

const redirectBinding = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect'

/** Reads the metadata of an identity provider, also where it is one of many (`EntitiesDescriptor`). Throws `SamlError`. */
export async function readIdentityProvider(text: string): Promise<IdentityProvider> {
  const entity = entityOf(await readXml(text))
  const entityId = attributeOf(entity, 'entityID') ?? ''
  if (entityId === '') throw new SamlError('SAML Metadata does not contain an EntityID')
  if (entityId.length > longestEntityId) throw new SamlError('SAML Metadata contains an EntityID that is too long')
  const [descriptor, ...others] = childrenOf(entity, 'metadata', 'IDPSSODescriptor')
  if (!descriptor) throw new SamlError('SAML Metadata does not contain any IDPSSODescriptor')
  if (others.length > 0) throw new SamlError('SAML Metadata contains multiple IDPSSODescriptors')
  const services = childrenOf(descriptor, 'metadata', 'SingleSignOnService')
  const redirect = services.find((service) => attributeOf(service, 'Binding') === redirectBinding)
  return {
    entityId,
    ssoUrl: redirect && webAddress(attributeOf(redirect, 'Location') ?? ''),
    certificates: childrenOf(descriptor, 'metadata', 'KeyDescriptor')
      .filter((key) => (attributeOf(key, 'use') || 'signing') === 'signing')
      .flatMap(certificatesOf)
      .slice(0, mostCertificates),
    validUntil: timeOf(entity, 'validUntil'),
    cacheDuration: secondsOf(attributeOf(entity, 'cacheDuration')),
  }
}

/** The keys whose signatures count. A certificate that is not valid just then does not. */
export function signingKeysOf({ certificates }: IdentityProvider, now: Date): readonly KeyObject[] {
  const time = now.getTime()
  return certificates
    .filter(({ validFrom, validTo }) => Date.parse(validFrom) <= time && time <= Date.parse(validTo))
    .map(({ publicKey }) => publicKey)
}

/** Whether what is known since then has to be looked at again: as it says itself, else once a day. */
export function isStale({ validUntil, cacheDuration }: IdentityProvider, since: Date, now: Date): boolean {
  const age = (now.getTime() - since.getTime()) / 1000
  if (validUntil === undefined && cacheDuration === undefined) return age > 24 * 60 * 60
  return (validUntil !== undefined && now > validUntil) || (cacheDuration !== undefined && age > cacheDuration)
}

function entityOf(root: Element): Element {
  if (isNamed(root, 'metadata', 'EntityDescriptor')) return root
  if (!isNamed(root, 'metadata', 'EntitiesDescriptor')) {
    throw new SamlError(`SAML Metadata is not an EntityDescriptor of ${namespaces.metadata}`)
  }
  const entities = childrenOf(root, 'metadata', 'EntityDescriptor')
  const entity = entities.find((one) => childrenOf(one, 'metadata', 'IDPSSODescriptor').length > 0)
  if (!entity) throw new SamlError('no entity found with IDPSSODescriptor')
  return entity
}

function certificatesOf(key: Element): X509Certificate[] {
  return childrenOf(key, 'signature', 'KeyInfo')
    .flatMap((info) => childrenOf(info, 'signature', 'X509Data'))
    .flatMap((data) => childrenOf(data, 'signature', 'X509Certificate'))
    .map((certificate) => {
      try {
        return new X509Certificate(Buffer.from(textOf(certificate), 'base64'))
      } catch (cause) {
        throw new SamlError('SAML Metadata contains a certificate that cannot be read', { cause })
      }
    })
}

/** A browser is sent there: nothing but a website's address will do. */
function webAddress(location: string): string {
  if (URL.canParse(location) && /^https?:$/.test(new URL(location).protocol)) return location
  throw new SamlError('SAML Metadata contains a SingleSignOnService that is no website')
}

/** An `xs:duration`; a year has 365 days here, and a month 30. */
function secondsOf(duration: string | undefined): number | undefined {
  if (duration === undefined) return undefined
  const parts = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(
    duration.trim(),
  )
  if (!parts) throw new SamlError('cacheDuration is no duration')
  const units = [365 * 86_400, 30 * 86_400, 86_400, 3600, 60, 1]
  return units.reduce((sum, unit, index) => sum + unit * Number(parts[index + 1] ?? 0), 0)
}
