import type { Factor, Session, User, UserIdentity } from '@supabase/supabase-js'
import type { SchemaBuilder } from '../../schema/index.ts'

interface AuthPayload {
  readonly user: User | null
  readonly session: Session | null
}

/** What is shown of a second factor. */
export type ShownFactor = Pick<Factor, 'id' | 'friendly_name' | 'factor_type' | 'status'> & {
  readonly phone?: string | null
}

export type AuthTypes = ReturnType<typeof authTypes>

/** The types that the fields of Auth share. */
export function authTypes(builder: SchemaBuilder) {
  const identity = builder.objectRef<UserIdentity>('AuthIdentity').implement({
    description: 'One way in which a user is known: an address, a number, an account at another service',
    fields: (t) => ({
      id: t.field({ type: 'UUID', nullable: false, resolve: (identity) => identity.identity_id }),
      provider: t.string({ nullable: false, resolve: (identity) => identity.provider }),
      data: t.field({
        type: 'JSON',
        nullable: false,
        description: 'What the provider says of the user',
        resolve: (identity) => JSON.stringify(identity.identity_data ?? {}),
      }),
      createdAt: t.field({ type: 'Datetime', resolve: (identity) => identity.created_at ?? null }),
      lastSignInAt: t.field({ type: 'Datetime', resolve: (identity) => identity.last_sign_in_at ?? null }),
    }),
  })
  const factor = builder.objectRef<ShownFactor>('AuthFactor').implement({
    description: 'A second factor; one that is not verified does not count yet',
    fields: (t) => ({
      id: t.field({ type: 'UUID', nullable: false, resolve: (factor) => factor.id }),
      type: t.string({
        nullable: false,
        description: 'totp, phone or webauthn',
        resolve: (factor) => factor.factor_type,
      }),
      status: t.string({ nullable: false, description: 'verified or unverified', resolve: (factor) => factor.status }),
      friendlyName: t.string({ resolve: (factor) => factor.friendly_name || null }),
      phone: t.string({ resolve: (factor) => factor.phone || null }),
    }),
  })
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
      identities: t.field({ type: [identity], nullable: false, resolve: (user) => user.identities ?? [] }),
      factors: t.field({ type: [factor], nullable: false, resolve: (user) => user.factors ?? [] }),
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
  return { user, factor, payload }
}
