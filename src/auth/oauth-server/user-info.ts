import type { SignedIn } from '../account/index.ts'
import type { AuthContext } from '../context.ts'
import type { JsonObject } from '../json.ts'
import type { User } from '../users/index.ts'

/** What a client may know of a user by the scopes that it was given (OpenID Connect Core, section 5.4). */
export function profileClaims(user: User, scopes: readonly string[]): JsonObject {
  const metadata = user.raw_user_meta_data ?? {}
  const name = metadata.name || user.email
  const picture = metadata.picture || metadata.avatar_url
  const userName = metadata.preferred_username || metadata.username
  return {
    ...(scopes.includes('email') && {
      ...(user.email && { email: user.email }),
      ...(user.email_confirmed_at && { email_verified: true }),
    }),
    ...(scopes.includes('profile') && {
      ...(name ? { name } : {}),
      ...(picture ? { picture } : {}),
      ...(userName ? { preferred_username: userName } : {}),
      ...(user.updated_at && { updated_at: Math.floor(user.updated_at.getTime() / 1000) }),
    }),
    ...(scopes.includes('phone') && {
      ...(user.phone && { phone_number: user.phone }),
      ...(user.phone_confirmed_at && { phone_number_verified: true }),
    }),
  }
}

/** `/oauth/userinfo`: what the session's scopes allow; nothing but the id for a session of no client. */
export async function userInfo({ db }: AuthContext, { user, session }: SignedIn): Promise<JsonObject> {
  const own = session
    ? await db.selectFrom('auth.sessions').select('scopes').where('id', '=', session.id).executeTakeFirst()
    : undefined
  return { sub: user.id, ...profileClaims(user, own?.scopes?.split(' ') ?? []) }
}
