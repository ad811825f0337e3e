import type { Provider } from '@supabase/supabase-js'
import { GraphQLError } from 'graphql'
import type { SchemaBuilder } from '../../schema/index.ts'
import { given } from '../given.ts'
import { dataOf } from '../service-error.ts'
import { badInput } from './arguments.ts'
import { authOf } from './caller-session.ts'
import type { AuthTypes } from './types.ts'

/** Signing in by way of another service, and the identities of the signed-in user there. */
export function addProviderFields(builder: SchemaBuilder, { payload }: AuthTypes): void {
  builder.mutationFields((t) => {
    const way = {
      provider: t.arg.string({ required: true }),
      redirectTo: t.arg.string(),
      scopes: t.arg.string({ description: 'Separated by spaces' }),
    }
    return {
      signInWithOAuth: t.string({
        nullable: false,
        description: 'The URL to open in a browser; it comes back to `redirectTo` with a session',
        args: way,
        async resolve(_root, { provider, ...options }, { supabase }) {
          const wanted = { skipBrowserRedirect: true, ...given(options) }
          return urlOf(dataOf(await supabase.auth.signInWithOAuth({ provider: provider as Provider, options: wanted })))
        },
      }),
      signInWithSSO: t.string({
        nullable: false,
        description:
          "The URL of the organisation's sign-in to open in a browser; it comes back to `redirectTo` with a session",
        args: {
          domain: t.arg.string({ description: "Of the user's e-mail address" }),
          providerId: t.arg({ type: 'UUID', description: 'In place of the domain' }),
          redirectTo: t.arg.string(),
          captchaToken: t.arg.string(),
        },
        async resolve(_root, { domain, providerId, ...options }, { supabase }) {
          const wanted = { skipBrowserRedirect: true, ...given(options) }
          return urlOf(
            dataOf(await supabase.auth.signInWithSSO({ ...organisation(domain, providerId), options: wanted })),
          )
        },
      }),
      signInWithIdToken: t.field({
        type: payload,
        nullable: false,
        description: 'Signs in with a token that an app got from a provider natively',
        args: {
          provider: t.arg.string({ required: true }),
          token: t.arg.string({ required: true }),
          accessToken: t.arg.string(),
          nonce: t.arg.string(),
        },
        resolve: async (_root, { provider, token, accessToken, nonce }, { supabase }) =>
          dataOf(
            await supabase.auth.signInWithIdToken({ provider, token, ...given({ access_token: accessToken, nonce }) }),
          ),
      }),
      signInWithWeb3: t.field({
        type: payload,
        nullable: false,
        description: 'Signs in with a message that a wallet signed',
        args: {
          chain: t.arg.string({ required: true, description: '`ethereum` or `solana`' }),
          message: t.arg.string({ required: true, description: 'As EIP-4361, or Sign-In with Solana, has it' }),
          signature: t.arg.string({ required: true, description: 'Hexadecimal of Ethereum, base64 of Solana' }),
        },
        async resolve(_root, { chain, message, signature }, { supabase }) {
          if (chain === 'ethereum') {
            return dataOf(await supabase.auth.signInWithWeb3({ chain, message, signature: signature as `0x${string}` }))
          }
          if (chain !== 'solana') throw badInput('`chain` is "ethereum" or "solana".')
          const bytes = new Uint8Array(Buffer.from(signature, 'base64'))
          return dataOf(await supabase.auth.signInWithWeb3({ chain, message, signature: bytes }))
        },
      }),
      linkIdentity: t.string({
        nullable: false,
        description: 'The URL to open in a browser, so that the signed-in user may sign in by that provider too',
        args: way,
        async resolve(_root, { provider, ...options }, context) {
          const auth = await authOf(context)
          const wanted = { skipBrowserRedirect: true, ...given(options) }
          return urlOf(dataOf(await auth.linkIdentity({ provider: provider as Provider, options: wanted })))
        },
      }),
      unlinkIdentity: t.boolean({
        nullable: false,
        args: { id: t.arg({ type: 'UUID', required: true }) },
        async resolve(_root, { id }, context) {
          const auth = await authOf(context)
          const own = dataOf(await auth.getUserIdentities()).identities
          const identity = own.find(({ identity_id }) => identity_id === id)
          if (!identity) throw badInput('There is no such identity.')
          const { error } = await auth.unlinkIdentity(identity)
          if (error) dataOf({ data: null, error })
          return true
        },
      }),
    }
  })
}

function organisation(domain: string | null | undefined, providerId: string | null | undefined) {
  if (domain != null && providerId == null) return { domain }
  if (providerId != null && domain == null) return { providerId }
  throw badInput('Give either `domain` or `providerId`.')
}

function urlOf({ url }: { readonly url: string | null }): string {
  if (url != null) return url
  throw new GraphQLError('The service answered nothing.', { extensions: { code: 'SERVICE_ERROR' } })
}
