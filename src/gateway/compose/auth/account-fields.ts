import type { SchemaBuilder } from '../../schema/index.ts'
import { given } from '../given.ts'
import { dataOf } from '../service-error.ts'
import { objectOf } from './arguments.ts'
import { authOf, signedIn } from './caller-session.ts'
import type { AuthTypes } from './types.ts'

/** The signed-in user. */
export function addAccountFields(builder: SchemaBuilder, { user }: AuthTypes): void {
  const scope = builder.enumType('SignOutScope', {
    description: 'Which sessions end: all of the user, this one, or all the others',
    values: ['global', 'local', 'others'] as const,
  })

  builder.queryField('viewer', (t) =>
    t.field({
      type: user,
      description: 'The signed-in user; null without a user token',
      async resolve(_root, _args, { caller, supabase }) {
        if (caller.token === undefined || typeof caller.claims.sub !== 'string') return null
        return dataOf(await supabase.auth.getUser(caller.token)).user
      },
    }),
  )

  builder.mutationFields((t) => ({
    signOut: t.boolean({
      nullable: false,
      args: { scope: t.arg({ type: scope, defaultValue: 'global' }) },
      async resolve(_root, args, { caller, supabase }) {
        const { error } = await supabase.auth.admin.signOut(signedIn(caller), args.scope ?? 'global')
        if (error) dataOf({ data: null, error })
        return true
      },
    }),
    updateUser: t.field({
      type: user,
      nullable: false,
      args: {
        email: t.arg.string(),
        phone: t.arg.string(),
        password: t.arg.string(),
        nonce: t.arg.string({ description: 'The code that `reauthenticate` sent' }),
        data: t.arg({ type: 'JSON', description: 'Merged into `userMetadata`' }),
        redirectTo: t.arg.string({ description: 'Where the link that confirms a new address leads in the end' }),
      },
      async resolve(_root, { data, redirectTo, ...changes }, context) {
        const auth = await authOf(context)
        const wanted = { ...given(changes), ...(data != null && { data: objectOf(data) }) }
        return dataOf(await auth.updateUser(wanted, given({ emailRedirectTo: redirectTo }))).user
      },
    }),
  }))
}
