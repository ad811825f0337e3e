import {
  createCipheriv,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  randomBytes,
  randomUUID,
  sign,
  verify,
} from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { SignedXml } from 'xml-crypto'
import { certificateOf } from '../../src/auth/saml/certificate.ts'

const base = 'http://127.0.0.1:54321/auth/v1/sso/saml'
export const acsUrl = `${base}/acs`
export const entityIdOfService = `${base}/metadata`
const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'
export const formats = {
  email: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
  persistent: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
  transient: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
}

/** What a response says; every field has what a well-behaved provider says. */
export interface Said {
  readonly nameId: string
  readonly format: string
  readonly attributes: Readonly<Record<string, string | readonly string[]>>
  readonly inResponseTo: string | undefined
  /** Seconds from now. */
  readonly issued: number
  readonly notBefore: number
  readonly notOnOrAfter: number
  readonly sessionNotOnOrAfter: number | undefined
  readonly audience: string
  readonly recipient: string
  readonly destination: string
  readonly issuer: string
  readonly status: string
  readonly assertionId: string
  readonly responseId: string
  readonly signs: 'assertion' | 'response' | 'both' | 'nothing'
  readonly key: KeyObject
  readonly algorithm: string
  readonly digest: string
  readonly canonicalization: string
  /** What takes place before the signatures, on the whole response. */
  readonly before: (xml: string) => string
  /** What an attacker does after them. */
  readonly after: (xml: string) => string
}

export interface SamlIdp {
  readonly entityId: string
  readonly key: KeyObject
  metadata(changes?: { readonly attributes?: string; readonly ssoUrl?: string; readonly certificate?: string }): string
  /** The form that the browser brings to the service. */
  answer(said?: Partial<Said>, relayState?: string): URLSearchParams
  xml(said?: Partial<Said>): string
}

export function rsaKey(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
}

/** What a PKCS #1 key is in the configuration. */
export function configured(key: KeyObject): string {
  return key.export({ type: 'pkcs1', format: 'der' }).toString('base64')
}

/**
 * An identity provider that says whatever a test wants.
 *
 * @param own the certificate of its key, base64
 */
export function createIdp(
  name: string,
  now: () => Date,
  key = rsaKey(),
  own = certificateOf(key, name, { encipherment: false }).toString('base64'),
): SamlIdp {
  const entityId = `https://${name}.example.com/saml`
  const at = (seconds: number) => new Date(now().getTime() + seconds * 1000).toISOString()

  function metadata({ attributes = '', ssoUrl = `${entityId}/sso?idpid=C01`, certificate = own } = {}): string {
    const services = ['HTTP-POST', 'HTTP-Redirect'].map(
      (binding) =>
        `<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="${ssoUrl}"/>`,
    )
    return `<?xml version="1.0" encoding="UTF-8"?><!-- of ${name} --><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}" ${attributes}>
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>
${certificate.replace(/.{64}/g, '$&\n')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
    ${services.join('')}</md:IDPSSODescriptor></md:EntityDescriptor>`
  }

  function xml(changes: Partial<Said> = {}): string {
    const said: Said = {
      ...{ nameId: randomUUID(), format: formats.persistent, attributes: { mail: 'ada@corp.example.com' } },
      ...{ inResponseTo: undefined, issued: -1, notBefore: -60, notOnOrAfter: 60, sessionNotOnOrAfter: undefined },
      ...{ audience: entityIdOfService, recipient: acsUrl, destination: acsUrl, issuer: entityId },
      status: 'urn:oasis:names:tc:SAML:2.0:status:Success',
      ...{ assertionId: `_${randomUUID()}`, responseId: `_${randomUUID()}`, signs: 'assertion', key },
      algorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
      digest: 'http://www.w3.org/2001/04/xmlenc#sha256',
      canonicalization: exclusive,
      before: (whole) => whole,
      after: (whole) => whole,
      ...changes,
    }
    const answers = said.inResponseTo === undefined ? '' : ` InResponseTo="${said.inResponseTo}"`
    const issuer = `<saml:Issuer>${said.issuer}</saml:Issuer>`
    const attributes = Object.entries(said.attributes).map(
      ([attribute, values]) =>
        `<saml:Attribute Name="${attribute}">${[values]
          .flat()
          .map(
            (value) =>
              `<saml:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">${value}</saml:AttributeValue>`,
          )
          .join('')}</saml:Attribute>`,
    )
    const sessionEnd =
      said.sessionNotOnOrAfter === undefined ? '' : ` SessionNotOnOrAfter="${at(said.sessionNotOnOrAfter)}"`
    const assertion = `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${said.assertionId}" Version="2.0" IssueInstant="${at(said.issued)}">${issuer}<saml:Subject><saml:NameID Format="${said.format}">${said.nameId}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData Recipient="${said.recipient}" NotOnOrAfter="${at(said.notOnOrAfter)}"${answers}/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="${at(said.notBefore)}" NotOnOrAfter="${at(said.notOnOrAfter)}"><saml:AudienceRestriction><saml:Audience>${said.audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="${at(said.issued)}"${sessionEnd}><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>${attributes.join('')}</saml:AttributeStatement></saml:Assertion>`
    let whole = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${said.responseId}" Version="2.0" IssueInstant="${at(said.issued)}" Destination="${said.destination}"${answers}>${issuer}<samlp:Status><samlp:StatusCode Value="${said.status}"/></samlp:Status>${assertion}</samlp:Response>`
    whole = said.before(whole)
    if (said.signs === 'assertion' || said.signs === 'both') whole = signXml(whole, 'Assertion', said)
    if (said.signs === 'response' || said.signs === 'both') whole = signXml(whole, 'Response', said)
    return said.after(whole)
  }

  return {
    ...{ entityId, key, metadata, xml },
    answer: (said, relayState = '') =>
      new URLSearchParams({ SAMLResponse: Buffer.from(xml(said)).toString('base64'), RelayState: relayState }),
  }
}

type Signing = Pick<Said, 'key' | 'algorithm' | 'digest' | 'canonicalization'>

/** Signs the element of a name as providers do: enveloped, after its issuer. */
export function signXml(xml: string, name: string, { key, algorithm, digest, canonicalization }: Signing): string {
  const signer = new SignedXml({
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }) as string,
    signatureAlgorithm: algorithm,
    canonicalizationAlgorithm: canonicalization,
    idAttribute: 'ID',
  })
  signer.SignatureAlgorithms[algorithm] ??= signing(algorithm)
  signer.HashAlgorithms[digest] ??= sha384
  const xpath = `//*[local-name(.)='${name}']`
  signer.addReference({ xpath, transforms: [enveloped, canonicalization], digestAlgorithm: digest })
  signer.computeSignature(xml, {
    prefix: 'ds',
    location: { reference: `${xpath}/*[local-name(.)='Issuer']`, action: 'after' },
  })
  return signer.getSignedXml()
}

/** What xml-crypto does not know by itself: ECDSA as XML has it, which is r and s one after the other, and SHA-384. */
function signing(algorithm: string) {
  const [, hash = ''] = /(sha\d+)$/.exec(algorithm) ?? []
  return class {
    getAlgorithmName = () => algorithm
    getSignature = (material: string, key: string) =>
      sign(hash, Buffer.from(material), { key, dsaEncoding: 'ieee-p1363' }).toString('base64')
    verifySignature = () => false
  }
}

const sha384 = class {
  getAlgorithmName = () => 'http://www.w3.org/2001/04/xmldsig-more#sha384'
  getHash = (xml: string) => createHash('sha384').update(xml).digest('base64')
}

/** The assertion of a response, encrypted for whoever has the certificate. */
export function encryptAssertion(
  xml: string,
  certificate: string,
  {
    cipher = 'http://www.w3.org/2001/04/xmlenc#aes256-cbc',
    keyMethod = 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
  } = {},
): string {
  const isGcm = cipher.endsWith('gcm')
  const key = randomBytes(Number(/aes(\d+)/.exec(cipher)?.[1]) / 8)
  const iv = randomBytes(isGcm ? 12 : 16)
  const name = /aes(\d+)-(gcm|cbc)/.exec(cipher)
  const writer = createCipheriv(`aes-${name?.[1]}-${name?.[2]}` as 'aes-256-gcm', key, iv)
  return xml.replace(/<saml:Assertion .*<\/saml:Assertion>/s, (assertion) => {
    const body = Buffer.concat([iv, writer.update(assertion), writer.final(), ...(isGcm ? [writer.getAuthTag()] : [])])
    const pem = `-----BEGIN CERTIFICATE-----\n${certificate.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
    const padding = keyMethod.endsWith('1_5') ? 1 : 4
    const sealed = publicEncrypt({ key: createPublicKey(pem), padding, oaepHash: 'sha1' }, key)
    const value = (bytes: Buffer) =>
      `<xenc:CipherData><xenc:CipherValue>${bytes.toString('base64')}</xenc:CipherValue></xenc:CipherData>`
    return `<saml:EncryptedAssertion><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element"><xenc:EncryptionMethod Algorithm="${cipher}"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="${keyMethod}"/>${value(sealed)}</xenc:EncryptedKey></ds:KeyInfo>${value(body)}</xenc:EncryptedData></saml:EncryptedAssertion>`
  })
}

export interface AskedRequest {
  readonly id: string
  readonly relayState: string
  readonly xml: string
}

/** Reads what a browser brings to the provider, and proves with the service's certificate that it made it. */
export function readAuthnRequest(url: URL, certificate: string): AskedRequest {
  const raw = url.search.slice(1)
  const [, signed, signature] = /((?:SAMLRequest)=.*)&Signature=([^&]*)$/.exec(raw) ?? []
  const pem = `-----BEGIN CERTIFICATE-----\n${certificate.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
  const bytes = Buffer.from(decodeURIComponent(signature ?? ''), 'base64')
  if (!verify('sha256', Buffer.from(signed ?? ''), createPublicKey(pem), bytes)) throw new Error('a bad signature')
  const query = url.searchParams
  const xml = inflateRawSync(Buffer.from(query.get('SAMLRequest') ?? '', 'base64')).toString()
  return { id: /ID="([^"]*)"/.exec(xml)?.[1] ?? '', relayState: query.get('RelayState') ?? '', xml }
}
