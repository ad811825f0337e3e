import { constants, createDecipheriv, type KeyObject, privateDecrypt } from 'node:crypto'
import { attributeOf, childOf, elementsOf, SamlError, textOf } from './read-xml.ts'

const encryption = 'http://www.w3.org/2001/04/xmlenc#'
const encryption11 = 'http://www.w3.org/2009/xmlenc11#'

const ciphers: Readonly<
  Record<string, { readonly name: string; readonly bits: 128 | 192 | 256; readonly gcm: boolean }>
> = {
  [`${encryption}aes128-cbc`]: { name: 'aes-128-cbc', bits: 128, gcm: false },
  [`${encryption}aes192-cbc`]: { name: 'aes-192-cbc', bits: 192, gcm: false },
  [`${encryption}aes256-cbc`]: { name: 'aes-256-cbc', bits: 256, gcm: false },
  [`${encryption11}aes128-gcm`]: { name: 'aes-128-gcm', bits: 128, gcm: true },
  [`${encryption11}aes192-gcm`]: { name: 'aes-192-gcm', bits: 192, gcm: true },
  [`${encryption11}aes256-gcm`]: { name: 'aes-256-gcm', bits: 256, gcm: true },
}

const digests: Readonly<Record<string, string>> = {
  'http://www.w3.org/2000/09/xmldsig#sha1': 'sha1',
  [`${encryption}sha256`]: 'sha256',
  [`${encryption}sha512`]: 'sha512',
}

/**
 * What an `EncryptedAssertion` holds (https://www.w3.org/TR/xmlenc-core1/), by the first of the keys that fits. The key
 * itself has to be encrypted with RSA-OAEP: PKCS #1 1.5 would let whoever sees errors read it. Throws `SamlError`.
 */
export function decrypt(element: Element, keys: readonly KeyObject[]): string {
  const data = need(childOf(element, 'encryption', 'EncryptedData'), 'EncryptedData')
  const keyInfo = childOf(data, 'signature', 'KeyInfo')
  const within = keyInfo && childOf(keyInfo, 'encryption', 'EncryptedKey')
  const encryptedKey = need(within ?? childOf(element, 'encryption', 'EncryptedKey'), 'EncryptedKey')
  const cipher = ciphers[methodOf(data).algorithm]
  if (!cipher) throw new SamlError('an unknown cipher')
  for (const key of keys) {
    try {
      return decipher(cipher, openKey(encryptedKey, key), cipherValue(data))
    } catch (error) {
      if (error instanceof SamlError) throw error
    }
  }
  throw new SamlError('the assertion cannot be decrypted')
}

function openKey(encryptedKey: Element, key: KeyObject): Buffer {
  const { algorithm, method } = methodOf(encryptedKey)
  const digestMethod = childOf(method, 'signature', 'DigestMethod')
  const digest = digestMethod ? (digests[attributeOf(digestMethod, 'Algorithm') ?? ''] ?? '') : 'sha1'
  // The mask's digest is SHA-1 in the one and named in the other; Node.js has the same for both uses.
  const isOaep = algorithm === `${encryption}rsa-oaep-mgf1p` && digest === 'sha1'
  if (!isOaep && !(algorithm === `${encryption11}rsa-oaep` && digest === maskOf(method))) {
    throw new SamlError('an unknown way to encrypt a key')
  }
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  return privateDecrypt({ key, padding, oaepHash: digest }, cipherValue(encryptedKey))
}

function maskOf(method: Element): string | undefined {
  const masks = elementsOf(method).filter(({ localName }) => localName === 'MGF')
  const [mask] = masks
  return mask ? attributeOf(mask, 'Algorithm')?.replace(`${encryption11}mgf1`, '') : 'sha1'
}

function decipher({ name, bits, gcm }: (typeof ciphers)[string], key: Buffer, bytes: Buffer): string {
  if (key.length * 8 !== bits) throw new Error('a key of another length')
  if (!gcm) {
    const opened = createDecipheriv(name, key, bytes.subarray(0, 16)).setAutoPadding(false)
    const padded = Buffer.concat([opened.update(bytes.subarray(16)), opened.final()])
    const padding = padded.at(-1) ?? 0
    if (padding < 1 || padding > 16) throw new Error('a padding that is none')
    return utf8.decode(padded.subarray(0, padded.length - padding))
  }
  const opened = createDecipheriv(name as 'aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 })
  opened.setAuthTag(bytes.subarray(-16))
  return utf8.decode(Buffer.concat([opened.update(bytes.subarray(12, -16)), opened.final()]))
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function methodOf(element: Element): { readonly method: Element; readonly algorithm: string } {
  const method = need(childOf(element, 'encryption', 'EncryptionMethod'), 'EncryptionMethod')
  return { method, algorithm: attributeOf(method, 'Algorithm') ?? '' }
}

function cipherValue(element: Element): Buffer {
  const data = need(childOf(element, 'encryption', 'CipherData'), 'CipherData')
  return Buffer.from(textOf(need(childOf(data, 'encryption', 'CipherValue'), 'CipherValue')), 'base64')
}

function need(element: Element | undefined, name: string): Element {
  if (element) return element
  throw new SamlError(`${name} is missing`)
}
