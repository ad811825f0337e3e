import { createHash, type KeyObject, verify } from 'node:crypto'
import type { HashAlgorithm, SignatureAlgorithm } from 'xml-crypto'
import { attributeOf, childOf, elementsOf, readXml, SamlError } from './read-xml.ts'

const more = 'http://www.w3.org/2001/04/xmldsig-more#'
const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const inclusive = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'
const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'

/** No SHA-1, no HMAC (whose secret would be a public key), and an algorithm only with keys of its kind. */
const signatures: readonly (readonly [uri: string, hash: string, keyType: 'rsa' | 'ec'])[] = [
  [`${more}rsa-sha256`, 'sha256', 'rsa'],
  [`${more}rsa-sha384`, 'sha384', 'rsa'],
  [`${more}rsa-sha512`, 'sha512', 'rsa'],
  [`${more}ecdsa-sha256`, 'sha256', 'ec'],
  [`${more}ecdsa-sha384`, 'sha384', 'ec'],
  [`${more}ecdsa-sha512`, 'sha512', 'ec'],
]

const digests = ['http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmlenc#sha512']
/** The one of SHA-2 that the library does not know. */
const sha384 = `${more}sha384`
const canonicalizations = [exclusive, `${exclusive}WithComments`, inclusive, `${inclusive}#WithComments`]
const transforms = [enveloped, ...canonicalizations]

/**
 * The element as its own signature has it, parsed from the very bytes that were signed, so that nothing beside them can
 * pass for a part of them (signature wrapping); undefined for an element that has no signature. Throws `SamlError` unless
 * one of the keys made the signature, and the signature is of the whole element and nothing else.
 */
export async function signedElement(
  text: string,
  element: Element,
  keys: readonly KeyObject[],
): Promise<Element | undefined> {
  const signature = childOf(element, 'signature', 'Signature')
  if (!signature) return undefined
  const id = attributeOf(element, 'ID') ?? ''
  if (!/^[A-Za-z_][\w.-]*$/.test(id)) throw new SamlError('a signed element has no ID')
  assertOrdinary(signature)
  const signed = await readXml(await signedText(text, signature, id, keys))
  const isSame = signed.localName === element.localName && signed.namespaceURI === element.namespaceURI
  if (isSame && attributeOf(signed, 'ID') === id) return signed
  throw new SamlError('another element is signed')
}

/** One reference and few transforms, before anything is computed: of more the library would do all. */
function assertOrdinary(signature: Element): void {
  const [signedInfo, ...others] = elementsOf(signature).filter(({ localName }) => localName === 'SignedInfo')
  const references = signedInfo ? elementsOf(signedInfo).filter(({ localName }) => localName === 'Reference') : []
  const [reference] = references
  const lists = reference ? elementsOf(reference).filter(({ localName }) => localName === 'Transforms') : []
  const applied = lists.flatMap(elementsOf)
  const prefixes = applied.flatMap(elementsOf).map((list) => attributeOf(list, 'PrefixList') ?? '')
  const isOrdinary = others.length === 0 && references.length === 1 && lists.length === 1 && applied.length <= 3
  if (!isOrdinary || prefixes.join('').length > 500) throw new SamlError('a signature unlike those of SAML')
}

async function signedText(
  text: string,
  signature: Element,
  id: string,
  [key, ...others]: readonly KeyObject[],
): Promise<string> {
  if (!key) throw new SamlError('there is no key')
  const { SignedXml } = await import('xml-crypto')
  const verifier = new SignedXml({ publicCert: key, getCertFromKeyInfo: () => null })
  const keys = [key, ...others]
  verifier.SignatureAlgorithms = Object.fromEntries(signatures.map((known) => [known[0], algorithm(keys, ...known)]))
  verifier.HashAlgorithms = { ...pick(verifier.HashAlgorithms, digests), [sha384]: Sha384 }
  verifier.CanonicalizationAlgorithms = pick(verifier.CanonicalizationAlgorithms, transforms)
  try {
    verifier.loadSignature(signature)
    if (!canonicalizations.includes(verifier.canonicalizationAlgorithm ?? '')) throw new Error('no canonical form')
    if (!verifier.checkSignature(text)) throw new Error('the digest is another')
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 200) : ''
    throw new SamlError(`the signature is not good: ${reason}`, { cause: error })
  }
  const [reference, ...more] = verifier.getReferences()
  const [signed] = verifier.getSignedReferences()
  if (more.length > 0 || reference?.uri !== `#${id}` || signed === undefined) {
    throw new SamlError('another element is signed')
  }
  if (reference.transforms.filter((transform) => transform === enveloped).length !== 1) {
    throw new SamlError('the signature is no enveloped one')
  }
  return signed
}

class Sha384 implements HashAlgorithm {
  getAlgorithmName = () => sha384
  getHash = (xml: string) => createHash('sha384').update(xml).digest('base64')
}

/** Verifies with whichever of the keys fits. */
function algorithm(
  keys: readonly KeyObject[],
  uri: string,
  hash: string,
  keyType: 'rsa' | 'ec',
): new () => SignatureAlgorithm {
  return class {
    getAlgorithmName = () => uri
    getSignature = (): never => {
      throw new SamlError('nothing is signed here')
    }
    verifySignature = (material: string, _first: unknown, value: string): boolean =>
      keys.some((key) => {
        if (key.asymmetricKeyType !== keyType) return false
        const how = keyType === 'ec' ? ({ key, dsaEncoding: 'ieee-p1363' } as const) : key
        return verify(hash, Buffer.from(material), how, Buffer.from(value, 'base64'))
      })
  }
}

function pick<Value>(values: Record<string, Value>, names: readonly string[]): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)))
}
