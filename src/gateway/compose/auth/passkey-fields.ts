import type { VerifyPasskeyAuthenticationParams } from '@supabase/supabase-js'
import type { SchemaBuilder } from '../../schema/index.ts'
import { dataOf } from '../service-error.ts'
import { objectOf } from './arguments.ts'
import { authOf } from './caller-session.ts'
import type { AuthTypes } from './types.ts'

interface Passkey {
  readonly id: string
  readonly friendly_name?: string
  readonly created_at: string
  readonly last_used_at?: string
}

interface PasskeyChallenge {
  readonly challenge_id: string
  readonly options: object
  readonly expires_at: number
}

/** Signing in with a passkey, and the passkeys of the signed-in user. */
export function addPasskeyFields(builder: SchemaBuilder, { payload }: AuthTypes): void {
  const passkey = builder.objectRef<Passkey>('Passkey').implement({
    fields: (t) => ({
      id: t.field({ type: 'UUID', nullable: false, resolve: ({ id }) => id }),
      friendlyName: t.string({ resolve: ({ friendly_name }) => friendly_name || null }),
      createdAt: t.field({ type: 'Datetime', nullable: false, resolve: ({ created_at }) => created_at }),
      lastUsedAt: t.field({ type: 'Datetime', resolve: ({ last_used_at }) => last_used_at ?? null }),
    }),
  })
  const challenge = builder.objectRef<PasskeyChallenge>('PasskeyChallenge').implement({
    description: 'What an authenticator is asked, and the id that its answer goes with',
    fields: (t) => ({
      id: t.field({ type: 'UUID', nullable: false, resolve: ({ challenge_id }) => challenge_id }),
      publicKey: t.field({
        type: 'JSON',
        nullable: false,
        description: 'For `parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON`',
        resolve: ({ options }) => JSON.stringify(options),
      }),
      expiresAt: t.int({ nullable: false, description: 'Seconds since 1970', resolve: ({ expires_at }) => expires_at }),
    }),
  })

  builder.queryField('passkeys', (t) =>
    t.field({
      type: [passkey],
      nullable: false,
      description: 'The passkeys of the signed-in user',
      resolve: async (_root, _args, context) => dataOf(await (await authOf(context)).passkey.list()),
    }),
  )

  builder.mutationFields((t) => {
    const answer = {
      challengeId: t.arg({ type: 'UUID', required: true }),
      credential: t.arg({ type: 'JSON', required: true, description: "The authenticator's answer, by its `toJSON`" }),
    }
    const read = ({ challengeId, credential }: { readonly challengeId: unknown; readonly credential?: unknown }) => ({
      challengeId: String(challengeId),
      credential: objectOf(credential, 'credential') as VerifyPasskeyAuthenticationParams['credential'],
    })
    return {
      startPasskeyRegistration: t.field({
        type: challenge,
        nullable: false,
        resolve: async (_root, _args, context) => dataOf(await (await authOf(context)).passkey.startRegistration()),
      }),
      registerPasskey: t.field({
        type: passkey,
        nullable: false,
        args: answer,
        resolve: async (_root, args, context) =>
          dataOf(await (await authOf(context)).passkey.verifyRegistration(read(args))),
      }),
      startPasskeySignIn: t.field({
        type: challenge,
        nullable: false,
        args: { captchaToken: t.arg.string() },
        resolve: async (_root, { captchaToken }, { supabase }) => {
          const options = captchaToken == null ? {} : { captchaToken }
          return dataOf(await supabase.auth.passkey.startAuthentication({ options }))
        },
      }),
      signInWithPasskey: t.field({
        type: payload,
        nullable: false,
        args: answer,
        resolve: async (_root, args, { supabase }) =>
          dataOf(await supabase.auth.passkey.verifyAuthentication(read(args))),
      }),
      renamePasskey: t.field({
        type: passkey,
        nullable: false,
        args: { id: t.arg({ type: 'UUID', required: true }), friendlyName: t.arg.string({ required: true }) },
        resolve: async (_root, { id, friendlyName }, context) =>
          dataOf(await (await authOf(context)).passkey.update({ passkeyId: String(id), friendlyName })),
      }),
      deletePasskey: t.boolean({
        nullable: false,
        args: { id: t.arg({ type: 'UUID', required: true }) },
        async resolve(_root, { id }, context) {
          const { error } = await (await authOf(context)).passkey.delete({ passkeyId: String(id) })
          if (error) dataOf({ data: null, error })
          return true
        },
      }),
    }
  })
}
