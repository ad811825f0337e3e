import { nameIdFormats } from './assertion.ts'
import { namespaces } from './read-xml.ts'
import type { ServiceProvider } from './service-provider.ts'
import { element, escaped, instant } from './write-xml.ts'

/** Milliseconds. */
const day = 24 * 60 * 60 * 1000

const postBinding = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST'

/**
 * What identity providers are told of this service (SAML 2.0 Metadata). While a new key is announced, they are asked to
 * look again within an hour. Endpoints that GoTrue names and does not serve are left out: logout, and artifacts.
 *
 * @param download a file that is kept says for five years what it says
 */
export function describeServiceProvider(provider: ServiceProvider, now: Date, download: boolean): string {
  const { entityId, acsUrl, allowEncryptedAssertions, current, next } = provider
  const fiveYears = new Date(now)
  fiveYears.setUTCFullYear(now.getUTCFullYear() + 5)
  const validUntil = download ? fiveYears : new Date(now.getTime() + 2 * day)
  const uses = allowEncryptedAssertions ? (['signing', 'encryption'] as const) : (['signing'] as const)
  const certificates = [current.certificate, ...(next ? [next.certificate] : [])]
  const keys = certificates.flatMap((certificate) => uses.map((use) => keyDescriptor(use, certificate)))
  const formats = [nameIdFormats.email, nameIdFormats.persistent].map((format) =>
    element('md:NameIDFormat', {}, format),
  )
  const acs = { Binding: postBinding, Location: acsUrl, index: '1' }
  return `<?xml version="1.0" encoding="UTF-8"?>${element(
    'md:EntityDescriptor',
    {
      'xmlns:md': namespaces.metadata,
      'xmlns:ds': namespaces.signature,
      entityID: entityId,
      validUntil: instant(validUntil),
      cacheDuration: next && 'PT1H',
    },
    element(
      'md:SPSSODescriptor',
      { protocolSupportEnumeration: namespaces.protocol, WantAssertionsSigned: 'true' },
      ...keys,
      ...formats,
      element('md:AssertionConsumerService', acs),
    ),
  )}`
}

function keyDescriptor(use: 'signing' | 'encryption', certificate: string): string {
  const methods =
    use === 'encryption' ? encryptionMethods.map((Algorithm) => element('md:EncryptionMethod', { Algorithm })) : []
  const data = element('ds:X509Data', {}, element('ds:X509Certificate', {}, escaped(certificate)))
  return element('md:KeyDescriptor', { use }, element('ds:KeyInfo', {}, data), ...methods)
}

const encryptionMethods = [
  'http://www.w3.org/2009/xmlenc11#aes256-gcm',
  'http://www.w3.org/2009/xmlenc11#aes128-gcm',
  'http://www.w3.org/2001/04/xmlenc#aes256-cbc',
  'http://www.w3.org/2001/04/xmlenc#aes128-cbc',
  'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
]
