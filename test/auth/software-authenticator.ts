import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'

/** An authenticator in software (ES256, no attestation, keys it finds by itself), as a phone has one in hardware. */
export interface SoftwareAuthenticator {
  create(options: { readonly challenge: string; readonly user: { readonly id: string } }): RegistrationAnswer
  get(options: { readonly challenge: string }): AuthenticationAnswer
}

type RegistrationAnswer = ReturnType<typeof answer<{ attestationObject: string; transports: 'internal'[] }>>
type AuthenticationAnswer = ReturnType<
  typeof answer<{ authenticatorData: string; signature: string; userHandle: string }>
>

export function createAuthenticator(site: { readonly rpId: string; readonly origin: string }): SoftwareAuthenticator {
  const id = randomBytes(32)
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  let userHandle = ''
  let uses = 0

  const clientData = (type: string, challenge: string) =>
    Buffer.from(JSON.stringify({ type, challenge, origin: site.origin, crossOrigin: false }))
  const authenticatorData = (flags: number, attested: Buffer = Buffer.alloc(0)) => {
    const head = Buffer.alloc(5)
    head[0] = flags
    head.writeUInt32BE(uses, 1)
    return Buffer.concat([createHash('sha256').update(site.rpId).digest(), head, attested])
  }

  return {
    create({ challenge, user }) {
      userHandle = user.id
      const length = Buffer.from([0, id.length])
      const attested = Buffer.concat([Buffer.alloc(16), length, id, coseKey(publicKey)])
      const authData = authenticatorData(0x45, attested)
      const attestation = cbor(
        new Map<string, Cbor>([
          ['fmt', 'none'],
          ['attStmt', new Map()],
          ['authData', authData],
        ]),
      )
      const extra = { attestationObject: attestation.toString('base64url'), transports: ['internal' as const] }
      return answer(id, clientData('webauthn.create', challenge), extra)
    },
    get({ challenge }) {
      uses += 1
      const data = authenticatorData(0x05)
      const client = clientData('webauthn.get', challenge)
      const signed = Buffer.concat([data, createHash('sha256').update(client).digest()])
      const signature = createSign('sha256').update(signed).sign(privateKey).toString('base64url')
      return answer(id, client, { authenticatorData: data.toString('base64url'), signature, userHandle })
    },
  }
}

function answer<Extra extends object>(id: Buffer, clientData: Buffer, extra: Extra) {
  return {
    id: id.toString('base64url'),
    rawId: id.toString('base64url'),
    type: 'public-key' as const,
    clientExtensionResults: {},
    authenticatorAttachment: 'platform' as const,
    response: { clientDataJSON: clientData.toString('base64url'), ...extra },
  }
}

function coseKey(publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const coordinate = (text: string) => Buffer.from(text, 'base64url')
  return cbor(
    new Map<number, Cbor>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, coordinate(x)],
      [-3, coordinate(y)],
    ]),
  )
}

type Cbor = number | string | Buffer | Map<number | string, Cbor>

/** As much of RFC 8949 as an authenticator needs. */
function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -value - 1)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, entry]) => [cbor(key), cbor(entry)])])
}

function head(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length])
  if (length < 256) return Buffer.from([(major << 5) | 24, length])
  return Buffer.from([(major << 5) | 25, length >> 8, length & 255])
}
