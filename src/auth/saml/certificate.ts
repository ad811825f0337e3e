import { createPublicKey, type KeyObject, sign } from 'node:crypto'

/**
 * The certificate (DER) that carries the public key to identity providers, byte by byte the one that GoTrue makes of the
 * same key and host (internal/conf/saml.go): they go on trusting a project that moves. Nothing but its key counts.
 */
export function certificateOf(
  privateKey: KeyObject,
  host: string,
  { encipherment }: { encipherment: boolean },
): Buffer {
  const signatureAlgorithm = sequence(oid(sha256WithRsa), nothing)
  const name = sequence(set(sequence(oid(commonName), text(0x13, `SAML 2.0 Certificate for ${host}`))))
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  // Bit 0 is digitalSignature, bit 3 dataEncipherment; the octet before them counts the unused bits.
  const usage = encipherment ? [4, 0x90] : [7, 0x80]
  const extensions = sequence(
    sequence(oid(keyUsage), tagged(0x01, Buffer.of(0xff)), octets(tagged(0x03, Buffer.from(usage)))),
    sequence(oid(subjectAltName), octets(sequence(text(0x82, `_samlsp.${host}`)))),
  )
  const body = sequence(
    tagged(0xa0, integer(2)),
    integer(0),
    signatureAlgorithm,
    name,
    sequence(text(0x17, '700101000000Z'), text(0x18, '21700101000000Z')),
    name,
    publicKey,
    tagged(0xa3, extensions),
  )
  const signature = sign('sha256', body, privateKey)
  return sequence(body, signatureAlgorithm, tagged(0x03, Buffer.concat([Buffer.of(0), signature])))
}

const sha256WithRsa = '2a864886f70d01010b'
const commonName = '550403'
const keyUsage = '551d0f'
const subjectAltName = '551d11'

const nothing = Buffer.of(0x05, 0x00)
const oid = (hex: string) => tagged(0x06, Buffer.from(hex, 'hex'))
const text = (tag: number, value: string) => tagged(tag, Buffer.from(value))
const integer = (value: number) => tagged(0x02, Buffer.of(value))
const octets = (value: Buffer) => tagged(0x04, value)
const sequence = (...parts: Buffer[]) => tagged(0x30, Buffer.concat(parts))
const set = (...parts: Buffer[]) => tagged(0x31, Buffer.concat(parts))

/** A value of ASN.1's distinguished encoding (ITU-T X.690). */
function tagged(tag: number, value: Buffer): Buffer {
  const { length } = value
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), value])
  const bytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...bytes), value])
}
