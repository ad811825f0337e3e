import type { Identity, User } from './select-user.ts'

/**
 * A user as the API shows it: GoTrue's fields in GoTrue's order; what is not set is left out.
 * Never the password's hash, nor a token.
 */
export function presentUser(user: User) {
  return {
    id: user.id,
    aud: user.aud ?? '',
    role: user.role ?? '',
    email: user.email ?? '',
    ...instant('email_confirmed_at', user.email_confirmed_at),
    ...instant('invited_at', user.invited_at),
    phone: user.phone ?? '',
    ...instant('phone_confirmed_at', user.phone_confirmed_at),
    ...instant('confirmation_sent_at', user.confirmation_sent_at),
    ...instant('confirmed_at', user.confirmed_at),
    ...instant('recovery_sent_at', user.recovery_sent_at),
    ...text('new_email', user.email_change),
    ...instant('email_change_sent_at', user.email_change_sent_at),
    ...text('new_phone', user.phone_change),
    ...instant('phone_change_sent_at', user.phone_change_sent_at),
    ...instant('reauthentication_sent_at', user.reauthentication_sent_at),
    ...instant('last_sign_in_at', user.last_sign_in_at),
    app_metadata: user.raw_app_meta_data ?? {},
    user_metadata: user.raw_user_meta_data ?? {},
    ...(user.factors.length > 0 && { factors: user.factors.map(presentFactor) }),
    identities: user.identities.map(presentIdentity),
    ...instant('created_at', user.created_at),
    ...instant('updated_at', user.updated_at),
    ...instant('banned_until', user.banned_until),
    ...instant('deleted_at', user.deleted_at),
    is_anonymous: user.is_anonymous,
  }
}

export type PresentedUser = ReturnType<typeof presentUser>

function presentIdentity(identity: Identity) {
  return {
    identity_id: identity.id,
    id: identity.provider_id,
    user_id: identity.user_id,
    identity_data: identity.identity_data,
    provider: identity.provider,
    ...instant('last_sign_in_at', identity.last_sign_in_at),
    ...instant('created_at', identity.created_at),
    ...instant('updated_at', identity.updated_at),
    ...text('email', identity.email),
  }
}

function presentFactor(factor: User['factors'][number]) {
  return {
    id: factor.id,
    ...instant('created_at', factor.created_at),
    ...instant('updated_at', factor.updated_at),
    status: factor.status,
    ...text('friendly_name', factor.friendly_name),
    factor_type: factor.factor_type,
    phone: factor.phone ?? '',
    last_challenged_at: factor.last_challenged_at && new Date(factor.last_challenged_at).toISOString(),
  }
}

/** Postgres' JSON functions give times as text, node-postgres as dates. */
function instant<K extends string>(name: K, time: Date | string | null) {
  return (time === null ? {} : { [name]: new Date(time).toISOString() }) as { [key in K]?: string }
}

function text<K extends string>(name: K, value: string | null) {
  return (value ? { [name]: value } : {}) as { [key in K]?: string }
}
