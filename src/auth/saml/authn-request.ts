import { randomBytes, sign } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { namespaces } from './read-xml.ts'
import type { ServiceProvider } from './service-provider.ts'
import { element, escaped, instant } from './write-xml.ts'

const rsaSha256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'

/** What an identity provider is asked. */
export interface AuthnRequest {
  /** Where it is asked. */
  readonly destination: string
  /** What of the user it is to name. */
  readonly nameIdFormat: string
}

/** An id that nobody can guess and XML allows. */
export function newRequestId(): string {
  return `id-${randomBytes(20).toString('hex')}`
}

/**
 * The address that a browser takes the request to by the HTTP-Redirect binding (SAML 2.0 Bindings, section 3.4), which is
 * signed: the provider's own parameters, then those of the request. GoTrue signs with SHA-1.
 */
export function authnRequestUrl(
  { entityId, acsUrl, current }: ServiceProvider,
  { destination, nameIdFormat }: AuthnRequest,
  { id, relayState, now }: { readonly id: string; readonly relayState: string; readonly now: Date },
): URL {
  const xml = element(
    'samlp:AuthnRequest',
    {
      'xmlns:samlp': namespaces.protocol,
      'xmlns:saml': namespaces.assertion,
      ...{ ID: id, Version: '2.0', IssueInstant: instant(now), Destination: destination },
      AssertionConsumerServiceURL: acsUrl,
      ProtocolBinding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
    },
    element('saml:Issuer', { Format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:entity' }, escaped(entityId)),
    element('samlp:NameIDPolicy', { Format: nameIdFormat, AllowCreate: 'true' }),
  )
  const message = { SAMLRequest: deflateRawSync(xml).toString('base64'), RelayState: relayState, SigAlg: rsaSha256 }
  const signed = queryOf(message)
  const signature = sign('sha256', Buffer.from(signed), current.privateKey).toString('base64')
  const url = new URL(destination)
  const own = url.search === '' ? '' : `${url.search.slice(1)}&`
  url.search = `${own}${signed}&${queryOf({ Signature: signature })}`
  return url
}

function queryOf(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
}
