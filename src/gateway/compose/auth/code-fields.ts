import type { ResendParams, VerifyOtpParams } from '@supabase/supabase-js'
import type { SchemaBuilder } from '../../schema/index.ts'
import { given } from '../given.ts'
import { dataOf } from '../service-error.ts'
import { identifier, objectOf } from './arguments.ts'
import { authOf } from './caller-session.ts'
import type { AuthTypes } from './types.ts'

/** Links and codes that are sent, and what they are traded for. */
export function addCodeFields(builder: SchemaBuilder, { payload }: AuthTypes): void {
  builder.mutationFields((t) => {
    const captchaToken = t.arg.string()
    const redirectTo = t.arg.string({ description: 'Where the link of the mail leads in the end' })
    return {
      signInWithOtp: t.boolean({
        nullable: false,
        description: 'Sends a link and a code by mail, or a code by text message',
        args: {
          email: t.arg.string(),
          phone: t.arg.string(),
          redirectTo,
          createUser: t.arg.boolean({ description: 'Whether an unknown address becomes a user; true unless said' }),
          data: t.arg({ type: 'JSON', description: 'Becomes the `userMetadata` of a new user' }),
          captchaToken,
        },
        async resolve(_root, { email, phone, redirectTo, createUser, data, captchaToken }, { supabase }) {
          const to = identifier(email, phone)
          const common = { shouldCreateUser: createUser ?? true, data: objectOf(data), ...given({ captchaToken }) }
          const options = 'email' in to ? { ...common, ...given({ emailRedirectTo: redirectTo }) } : common
          dataOf(await supabase.auth.signInWithOtp({ ...to, options }))
          return true
        },
      }),
      verifyOtp: t.field({
        type: payload,
        nullable: false,
        description: 'Trades a code, or the hash of a link, for a session',
        args: {
          type: t.arg.string({
            required: true,
            description: 'email, sms, recovery, invite, email_change, phone_change',
          }),
          email: t.arg.string(),
          phone: t.arg.string(),
          token: t.arg.string(),
          tokenHash: t.arg.string(),
        },
        async resolve(_root, { type, email, phone, token, tokenHash }, { supabase }) {
          const proof =
            tokenHash == null ? { ...identifier(email, phone), token: token ?? '' } : { token_hash: tokenHash }
          return dataOf(await supabase.auth.verifyOtp({ ...proof, type } as VerifyOtpParams))
        },
      }),
      resendOtp: t.boolean({
        nullable: false,
        description: 'Sends once more what is still to be confirmed; says nothing about whether there is such a user',
        args: {
          type: t.arg.string({ required: true, description: 'signup, email_change, sms, phone_change' }),
          email: t.arg.string(),
          phone: t.arg.string(),
          redirectTo,
          captchaToken,
        },
        async resolve(_root, { type, email, phone, redirectTo, captchaToken }, { supabase }) {
          const options = given({ emailRedirectTo: redirectTo, captchaToken })
          dataOf(await supabase.auth.resend({ ...identifier(email, phone), type, options } as ResendParams))
          return true
        },
      }),
      resetPassword: t.boolean({
        nullable: false,
        description: 'Mails a link to choose a new password; says nothing about whether there is such a user',
        args: { email: t.arg.string({ required: true }), redirectTo, captchaToken },
        async resolve(_root, { email, ...options }, { supabase }) {
          dataOf(await supabase.auth.resetPasswordForEmail(email, given(options)))
          return true
        },
      }),
      reauthenticate: t.boolean({
        nullable: false,
        description: 'Sends the signed-in user the code (`nonce`) that changing a password from an older session needs',
        async resolve(_root, _args, context) {
          dataOf(await (await authOf(context)).reauthenticate())
          return true
        },
      }),
    }
  })
}
