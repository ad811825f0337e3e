import type { SchemaBuilder } from '../../schema/index.ts'
import { given } from '../given.ts'
import { dataOf } from '../service-error.ts'
import { identifier, objectOf } from './arguments.ts'
import type { AuthTypes } from './types.ts'

/** Sign-up, sign-in with a password or without anything, and the renewal of sessions. */
export function addSignInFields(builder: SchemaBuilder, { payload }: AuthTypes): void {
  builder.mutationFields((t) => {
    const captchaToken = t.arg.string({
      description: 'Where the project wants a CAPTCHA: the proof that one was solved',
    })
    return {
      signUp: t.field({
        type: payload,
        nullable: false,
        args: {
          email: t.arg.string(),
          phone: t.arg.string(),
          password: t.arg.string({ required: true }),
          data: t.arg({ type: 'JSON', description: 'Becomes `userMetadata`' }),
          redirectTo: t.arg.string({ description: 'Where the link of the mail leads in the end' }),
          captchaToken,
        },
        async resolve(_root, { email, phone, password, data, redirectTo, captchaToken }, { supabase }) {
          const options = { data: objectOf(data), ...given({ emailRedirectTo: redirectTo, captchaToken }) }
          return dataOf(await supabase.auth.signUp({ ...identifier(email, phone), password, options }))
        },
      }),
      signInWithPassword: t.field({
        type: payload,
        nullable: false,
        args: {
          email: t.arg.string(),
          phone: t.arg.string(),
          password: t.arg.string({ required: true }),
          captchaToken,
        },
        resolve: async (_root, { email, phone, password, captchaToken }, { supabase }) =>
          dataOf(
            await supabase.auth.signInWithPassword({
              ...{ ...identifier(email, phone), password, options: given({ captchaToken }) },
            }),
          ),
      }),
      signInAnonymously: t.field({
        type: payload,
        nullable: false,
        args: { data: t.arg({ type: 'JSON' }), captchaToken },
        resolve: async (_root, { data, captchaToken }, { supabase }) =>
          dataOf(
            await supabase.auth.signInAnonymously({ options: { data: objectOf(data), ...given({ captchaToken }) } }),
          ),
      }),
      refreshSession: t.field({
        type: payload,
        nullable: false,
        args: { refreshToken: t.arg.string({ required: true }) },
        resolve: async (_root, { refreshToken }, { supabase }) =>
          dataOf(await supabase.auth.refreshSession({ refresh_token: refreshToken })),
      }),
    }
  })
}
