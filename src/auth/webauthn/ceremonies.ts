import type {
  AuthenticationResponseJSON,
  AuthenticatorTransport,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import type { JsonObject } from '../json.ts'
import type { RelyingParty } from '../settings/index.ts'
import type { User } from '../users/index.ts'

/** What is kept of an authenticator's key. */
export interface Credential {
  /** base64url */
  readonly id: string
  /** In COSE's form. */
  readonly publicKey: Uint8Array<ArrayBuffer>
  readonly signCount: number
  readonly transports: readonly string[]
  readonly aaguid: string
  readonly backupEligible: boolean
  readonly backedUp: boolean
}

/** ES256, EdDSA and RS256, by their numbers in COSE. */
const algorithms = [-7, -8, -257]

/** Loaded when the first ceremony needs it. */
const library = () => import('@simplewebauthn/server')

/** What a browser needs to make a key for a user. The challenge in it is to be kept for the answer. */
export async function registrationOptions(
  rp: RelyingParty,
  user: User,
  of: { readonly purpose: 'factor' | 'passkey'; readonly known: readonly string[] },
) {
  const { generateRegistrationOptions } = await library()
  const name = user.email || user.phone || user.id
  const fullName = user.raw_user_meta_data?.name
  return await generateRegistrationOptions({
    rpName: rp.name,
    rpID: rp.id,
    userName: name,
    userDisplayName: typeof fullName === 'string' && fullName !== '' ? fullName : name,
    // As GoTrue has it: the id as text.
    userID: new TextEncoder().encode(user.id),
    attestationType: 'none',
    supportedAlgorithmIDs: algorithms,
    excludeCredentials: of.known.map((id) => ({ id })),
    authenticatorSelection: {
      residentKey: of.purpose === 'passkey' ? 'required' : 'preferred',
      userVerification: 'preferred',
    },
  })
}

/** The key that an authenticator made; undefined when the answer is not good. */
export async function readRegistration(
  rp: RelyingParty,
  response: JsonObject,
  challenge: string,
): Promise<Credential | undefined> {
  const { verifyRegistrationResponse } = await library()
  const verified = await verifyRegistrationResponse({
    response: response as unknown as RegistrationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: [...rp.origins],
    expectedRPID: rp.id,
    supportedAlgorithmIDs: algorithms,
    requireUserVerification: false,
  }).catch(() => undefined)
  if (!verified?.verified) return undefined
  const { credential, aaguid, credentialDeviceType, credentialBackedUp } = verified.registrationInfo
  return {
    id: credential.id,
    publicKey: credential.publicKey,
    signCount: credential.counter,
    transports: credential.transports ?? [],
    aaguid,
    backupEligible: credentialDeviceType === 'multiDevice',
    backedUp: credentialBackedUp,
  }
}

/** What a browser needs to prove the possession of a key; of any key where none is named. */
export async function authenticationOptions(rp: RelyingParty, known: readonly Credential[]) {
  const { generateAuthenticationOptions } = await library()
  return await generateAuthenticationOptions({
    rpID: rp.id,
    userVerification: 'preferred',
    allowCredentials: known.map(({ id, transports }) => ({
      id,
      transports: transports as AuthenticatorTransport[],
    })),
  })
}

/** The new signature counter of a key whose possession was proven; undefined when the answer is not good. */
export async function readAuthentication(
  rp: RelyingParty,
  response: JsonObject,
  { challenge, credential }: { readonly challenge: string; readonly credential: Credential },
): Promise<number | undefined> {
  const { verifyAuthenticationResponse } = await library()
  const verified = await verifyAuthenticationResponse({
    response: response as unknown as AuthenticationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: [...rp.origins],
    expectedRPID: rp.id,
    credential: { id: credential.id, publicKey: credential.publicKey, counter: credential.signCount },
    requireUserVerification: false,
  }).catch(() => undefined)
  return verified?.verified ? verified.authenticationInfo.newCounter : undefined
}
