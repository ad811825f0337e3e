import type { Session, User } from '@supabase/supabase-js'
import { GraphQLError } from 'graphql'
import type { Caller } from '#database'
import type { SchemaBuilder } from '../schema/index.ts'
import { dataOf } from './service-error.ts'

interface AuthPayload {
  readonly user: User | null
  readonly session: Session | null
}

/** Sign-up, sign-in and the signed-in user. */
export function addAuthFields(builder: SchemaBuilder): void {
  const user = builder.objectRef<User>('AuthUser').implement({
    description: 'An account, as the Auth service shows it to its owner',
    fields: (t) => ({
      id: t.field({ type: 'UUID', nullable: false, resolve: (user) => user.id }),
      email: t.string({ resolve: (user) => user.email || null }),
      phone: t.string({ resolve: (user) => user.phone || null }),
      role: t.string({ resolve: (user) => user.role || null }),
      isAnonymous: t.boolean({ nullable: false, resolve: (user) => user.is_anonymous ?? false }),
      emailConfirmedAt: t.field({ type: 'Datetime', resolve: (user) => user.email_confirmed_at ?? null }),
      createdAt: t.field({ type: 'Datetime', resolve: (user) => user.created_at }),
      lastSignInAt: t.field({ type: 'Datetime', resolve: (user) => user.last_sign_in_at ?? null }),
      appMetadata: t.field({
        type: 'JSON',
        nullable: false,
        resolve: (user) => JSON.stringify(user.app_metadata ?? {}),
      }),
      userMetadata: t.field({
        type: 'JSON',
        nullable: false,
        resolve: (user) => JSON.stringify(user.user_metadata ?? {}),
      }),
    }),
  })
  const session = builder.objectRef<Session>('AuthSession').implement({
    description: 'Send the access token as `Authorization: Bearer …`; trade the refresh token for a new session',
    fields: (t) => ({
      accessToken: t.string({ nullable: false, resolve: (session) => session.access_token }),
      refreshToken: t.string({ nullable: false, resolve: (session) => session.refresh_token }),
      tokenType: t.string({ nullable: false, resolve: (session) => session.token_type }),
      expiresIn: t.int({ nullable: false, description: 'Seconds', resolve: (session) => session.expires_in }),
      expiresAt: t.int({ description: 'Seconds since 1970', resolve: (session) => session.expires_at ?? null }),
    }),
  })
  const scope = builder.enumType('SignOutScope', {
    description: 'Which sessions end: all of the user, this one, or all the others',
    values: ['global', 'local', 'others'] as const,
  })
  const payload = builder.objectRef<AuthPayload>('AuthPayload').implement({
    fields: (t) => ({
      user: t.field({ type: user, resolve: (payload) => payload.user }),
      session: t.field({
        type: session,
        description: 'Null when the address has to be confirmed first',
        resolve: (payload) => payload.session,
      }),
    }),
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
    signUp: t.field({
      type: payload,
      nullable: false,
      args: {
        email: t.arg.string(),
        phone: t.arg.string(),
        password: t.arg.string({ required: true }),
        data: t.arg({ type: 'JSON', description: 'Becomes `userMetadata`' }),
      },
      async resolve(_root, { email, phone, password, data }, { supabase }) {
        const options = { data: objectOf(data) }
        return dataOf(await supabase.auth.signUp({ ...identifier(email, phone), password, options }))
      },
    }),
    signInWithPassword: t.field({
      type: payload,
      nullable: false,
      args: { email: t.arg.string(), phone: t.arg.string(), password: t.arg.string({ required: true }) },
      resolve: async (_root, { email, phone, password }, { supabase }) =>
        dataOf(await supabase.auth.signInWithPassword({ ...identifier(email, phone), password })),
    }),
    signInAnonymously: t.field({
      type: payload,
      nullable: false,
      args: { data: t.arg({ type: 'JSON' }) },
      resolve: async (_root, { data }, { supabase }) =>
        dataOf(await supabase.auth.signInAnonymously({ options: { data: objectOf(data) } })),
    }),
    refreshSession: t.field({
      type: payload,
      nullable: false,
      args: { refreshToken: t.arg.string({ required: true }) },
      resolve: async (_root, { refreshToken }, { supabase }) =>
        dataOf(await supabase.auth.refreshSession({ refresh_token: refreshToken })),
    }),
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
        data: t.arg({ type: 'JSON', description: 'Merged into `userMetadata`' }),
      },
      async resolve(_root, { email, phone, password, data }, { caller, supabase }) {
        const token = signedIn(caller)
        // The client takes its session from its own store; this one is dropped with the request.
        dataOf(await supabase.auth.setSession({ access_token: token, refresh_token: 'none' }))
        const changes = {
          ...(email != null && { email }),
          ...(phone != null && { phone }),
          ...(password != null && { password }),
          ...(data != null && { data: objectOf(data) }),
        }
        return dataOf(await supabase.auth.updateUser(changes)).user
      },
    }),
  }))
}

/** The token of a user; an API key is a token too, but nobody's. */
function signedIn({ token, claims }: Caller): string {
  if (token === undefined || typeof claims.sub !== 'string')
    throw new GraphQLError('Sign in first.', { extensions: { code: 'UNAUTHENTICATED' } })
  return token
}

function identifier(
  email: string | null | undefined,
  phone: string | null | undefined,
): { email: string } | { phone: string } {
  if (email != null && phone == null) return { email }
  if (phone != null && email == null) return { phone }
  throw new GraphQLError('Give either `email` or `phone`.', { extensions: { code: 'BAD_USER_INPUT' } })
}

/** JSON scalars arrive as text. */
function objectOf(json: unknown): object {
  const value: unknown = json == null ? {} : JSON.parse(String(json))
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new GraphQLError('`data` takes a JSON object.', { extensions: { code: 'BAD_USER_INPUT' } })
}
