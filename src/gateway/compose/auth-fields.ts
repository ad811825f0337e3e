import type { Provider, Session, SupabaseClient, User, VerifyOtpParams } from '@supabase/supabase-js'
import { GraphQLError } from 'graphql'
import type { Caller } from '#database'
import type { SchemaBuilder } from '../schema/index.ts'
import { dataOf } from './service-error.ts'

interface AuthPayload {
  readonly user: User | null
  readonly session: Session | null
}

interface TotpFactor {
  readonly id: string
  readonly qr_code: string
  readonly secret: string
  readonly uri: string
}

/** Sign-up, sign-in, second factors and the signed-in user. */
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

  const totp = builder.objectRef<TotpFactor>('TotpFactor').implement({
    description: 'What an authenticator app has to know',
    fields: (t) => ({
      id: t.field({ type: 'UUID', nullable: false, resolve: (factor) => factor.id }),
      qrCode: t.string({ nullable: false, description: 'An SVG, as a data URL', resolve: (factor) => factor.qr_code }),
      secret: t.string({ nullable: false, resolve: (factor) => factor.secret }),
      uri: t.string({ nullable: false, resolve: (factor) => factor.uri }),
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
    signInWithOtp: t.boolean({
      nullable: false,
      description: 'Sends a link and a code by mail, or a code by text message',
      args: {
        email: t.arg.string(),
        phone: t.arg.string(),
        redirectTo: t.arg.string(),
        createUser: t.arg.boolean({ description: 'Whether an unknown address becomes a user; true unless said' }),
        data: t.arg({ type: 'JSON', description: 'Becomes the `userMetadata` of a new user' }),
      },
      async resolve(_root, { email, phone, redirectTo, createUser, data }, { supabase }) {
        const options = { shouldCreateUser: createUser ?? true, data: objectOf(data) }
        const to = identifier(email, phone)
        dataOf(
          'email' in to
            ? await supabase.auth.signInWithOtp({ ...to, options: { ...options, ...redirect(redirectTo) } })
            : await supabase.auth.signInWithOtp({ ...to, options }),
        )
        return true
      },
    }),
    verifyOtp: t.field({
      type: payload,
      nullable: false,
      description: 'Trades a code, or the hash of a link, for a session',
      args: {
        type: t.arg.string({ required: true, description: 'email, sms, recovery, invite, email_change, phone_change' }),
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
    resetPassword: t.boolean({
      nullable: false,
      description: 'Mails a link to choose a new password; says nothing about whether there is such a user',
      args: { email: t.arg.string({ required: true }), redirectTo: t.arg.string() },
      async resolve(_root, { email, redirectTo }, { supabase }) {
        const options = redirectTo == null ? {} : { redirectTo }
        dataOf(await supabase.auth.resetPasswordForEmail(email, options))
        return true
      },
    }),
    signInWithOAuth: t.string({
      nullable: false,
      description: 'The URL to open in a browser; it comes back to `redirectTo` with a session',
      args: {
        provider: t.arg.string({ required: true }),
        redirectTo: t.arg.string(),
        scopes: t.arg.string({ description: 'Separated by spaces' }),
      },
      async resolve(_root, { provider, redirectTo, scopes }, { supabase }) {
        const options = {
          skipBrowserRedirect: true,
          ...(redirectTo != null && { redirectTo }),
          ...(scopes != null && { scopes }),
        }
        const answer = await supabase.auth.signInWithOAuth({ provider: provider as Provider, options })
        const { url } = dataOf(answer)
        if (url == null)
          throw new GraphQLError('The service answered nothing.', { extensions: { code: 'SERVICE_ERROR' } })
        return url
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
          await supabase.auth.signInWithIdToken({
            ...{ provider, token },
            ...(accessToken != null && { access_token: accessToken }),
            ...(nonce != null && { nonce }),
          }),
        ),
    }),
    enrollTotp: t.field({
      type: totp,
      nullable: false,
      description: 'Begins to add an authenticator app as a second factor',
      args: { friendlyName: t.arg.string(), issuer: t.arg.string() },
      async resolve(_root, { friendlyName, issuer }, { caller, supabase }) {
        await asCaller(supabase, caller)
        const wanted = { ...(friendlyName != null && { friendlyName }), ...(issuer != null && { issuer }) }
        const made = dataOf(await supabase.auth.mfa.enroll({ factorType: 'totp', ...wanted }))
        return { id: made.id, ...made.totp }
      },
    }),
    verifyFactor: t.field({
      type: payload,
      nullable: false,
      description: 'Proves a second factor by its code; the session that is answered has assurance level 2',
      args: { factorId: t.arg({ type: 'UUID', required: true }), code: t.arg.string({ required: true }) },
      async resolve(_root, { factorId, code }, { caller, supabase }) {
        await asCaller(supabase, caller)
        const proven = dataOf(await supabase.auth.mfa.challengeAndVerify({ factorId: String(factorId), code }))
        return { user: proven.user, session: proven }
      },
    }),
    unenrollFactor: t.boolean({
      nullable: false,
      args: { factorId: t.arg({ type: 'UUID', required: true }) },
      async resolve(_root, { factorId }, { caller, supabase }) {
        await asCaller(supabase, caller)
        dataOf(await supabase.auth.mfa.unenroll({ factorId: String(factorId) }))
        return true
      },
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
        await asCaller(supabase, caller)
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

/** The client takes its session from its own store; this one is dropped with the request. */
async function asCaller(supabase: SupabaseClient, caller: Caller): Promise<void> {
  dataOf(await supabase.auth.setSession({ access_token: signedIn(caller), refresh_token: 'none' }))
}

function redirect(to: string | null | undefined): { emailRedirectTo?: string } {
  return to == null ? {} : { emailRedirectTo: to }
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
