import type { MFAVerifyWebauthnParams } from '@supabase/supabase-js'
import type { SchemaBuilder } from '../../schema/index.ts'
import { given } from '../given.ts'
import { dataOf } from '../service-error.ts'
import { badInput, objectOf } from './arguments.ts'
import { authOf } from './caller-session.ts'
import type { AuthTypes, ShownFactor } from './types.ts'
import { liveCredential, plainOptions } from './web-authn-json.ts'

interface TotpFactor {
  readonly id: string
  readonly qr_code: string
  readonly secret: string
  readonly uri: string
}

interface FactorChallenge {
  readonly id: string
  readonly expires_at: number
  readonly webauthn?: { readonly type: string; readonly credential_options: { readonly publicKey: object } }
}

/** Second factors of the signed-in user: codes of an app, codes by text message, authenticators. */
export function addFactorFields(builder: SchemaBuilder, { factor, payload }: AuthTypes): void {
  const totp = builder.objectRef<TotpFactor>('TotpFactor').implement({
    description: 'What an authenticator app has to know',
    fields: (t) => ({
      id: t.field({ type: 'UUID', nullable: false, resolve: (factor) => factor.id }),
      qrCode: t.string({ nullable: false, description: 'An SVG, as a data URL', resolve: (factor) => factor.qr_code }),
      secret: t.string({ nullable: false, resolve: (factor) => factor.secret }),
      uri: t.string({ nullable: false, resolve: (factor) => factor.uri }),
    }),
  })
  const challenge = builder.objectRef<FactorChallenge>('FactorChallenge').implement({
    description: 'What `verifyFactor` is to answer',
    fields: (t) => ({
      id: t.field({ type: 'UUID', nullable: false, resolve: ({ id }) => id }),
      expiresAt: t.int({ nullable: false, description: 'Seconds since 1970', resolve: ({ expires_at }) => expires_at }),
      ceremony: t.string({
        description: 'Of an authenticator: create the first time, and request from then on',
        resolve: ({ webauthn }) => webauthn?.type ?? null,
      }),
      publicKey: t.field({
        type: 'JSON',
        description:
          'What an authenticator is asked, for `parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON`',
        resolve: ({ webauthn }) => webauthn && JSON.stringify(plainOptions(webauthn.credential_options.publicKey)),
      }),
    }),
  })

  builder.mutationFields((t) => ({
    enrollTotp: t.field({
      type: totp,
      nullable: false,
      description: 'Begins to add an authenticator app as a second factor',
      args: { friendlyName: t.arg.string(), issuer: t.arg.string() },
      async resolve(_root, wanted, context) {
        const auth = await authOf(context)
        const made = dataOf(await auth.mfa.enroll({ factorType: 'totp', ...given(wanted) }))
        return { id: made.id, ...made.totp }
      },
    }),
    enrollPhone: t.field({
      type: factor,
      nullable: false,
      description: 'Begins to add a number as a second factor; `challengeFactor` sends its code',
      args: { phone: t.arg.string({ required: true }), friendlyName: t.arg.string() },
      async resolve(_root, { phone, ...wanted }, context) {
        const auth = await authOf(context)
        return enrolled(dataOf(await auth.mfa.enroll({ factorType: 'phone', phone, ...given(wanted) })))
      },
    }),
    enrollWebAuthn: t.field({
      type: factor,
      nullable: false,
      description: 'Begins to add an authenticator as a second factor; `challengeFactor` asks it for a key',
      args: { friendlyName: t.arg.string() },
      async resolve(_root, wanted, context) {
        const auth = await authOf(context)
        return enrolled(dataOf(await auth.mfa.enroll({ factorType: 'webauthn', ...given(wanted) })))
      },
    }),
    challengeFactor: t.field({
      type: challenge,
      nullable: false,
      description: 'Sends the code of a number, or asks an authenticator',
      args: {
        factorId: t.arg({ type: 'UUID', required: true }),
        channel: t.arg.string({ description: 'sms or whatsapp' }),
      },
      async resolve(_root, { factorId, channel }, context) {
        const auth = await authOf(context)
        const wanted = { factorId: String(factorId), ...given({ channel: channel as 'sms' | 'whatsapp' | null }) }
        return dataOf(await auth.mfa.challenge(wanted as { factorId: string })) as FactorChallenge
      },
    }),
    verifyFactor: t.field({
      type: payload,
      nullable: false,
      description: 'Proves a second factor; the session that is answered has assurance level 2',
      args: {
        factorId: t.arg({ type: 'UUID', required: true }),
        code: t.arg.string({ description: 'Of an authenticator app it needs no challenge' }),
        challengeId: t.arg({ type: 'UUID' }),
        credential: t.arg({ type: 'JSON', description: "An authenticator's answer, by its `toJSON`" }),
      },
      async resolve(_root, { factorId, code, challengeId, credential }, context) {
        const auth = await authOf(context)
        const of = { factorId: String(factorId), challengeId: String(challengeId) }
        if (credential != null && challengeId != null) {
          const params = { ...of, webauthn: answerOf(objectOf(credential, 'credential')) } as MFAVerifyWebauthnParams
          return payloadOf(dataOf(await auth.mfa.verify(params)))
        }
        if (code == null) throw badInput('Give a `code`, or a `credential` and its `challengeId`.')
        return challengeId == null
          ? payloadOf(dataOf(await auth.mfa.challengeAndVerify({ factorId: of.factorId, code })))
          : payloadOf(dataOf(await auth.mfa.verify({ ...of, code })))
      },
    }),
    unenrollFactor: t.boolean({
      nullable: false,
      args: { factorId: t.arg({ type: 'UUID', required: true }) },
      async resolve(_root, { factorId }, context) {
        const auth = await authOf(context)
        dataOf(await auth.mfa.unenroll({ factorId: String(factorId) }))
        return true
      },
    }),
  }))
}

function enrolled(made: {
  readonly id: string
  readonly type: ShownFactor['factor_type']
  readonly friendly_name?: string
  readonly phone?: string
}): ShownFactor {
  const { id, type, friendly_name, phone = null } = made
  return { id, factor_type: type, status: 'unverified', phone, ...(friendly_name !== undefined && { friendly_name }) }
}

/** Only a key that is being made comes with an attestation. */
function answerOf(credential: object) {
  const { response } = credential as { readonly response?: object }
  const type = response && 'attestationObject' in response ? 'create' : 'request'
  return { type, credential_response: liveCredential(credential) }
}

function payloadOf<S extends { readonly user: unknown }>(session: S): { user: S['user']; session: S } {
  return { user: session.user, session }
}
