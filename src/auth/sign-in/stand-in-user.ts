import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../json.ts'
import type { PresentedUser } from '../users/index.ts'

/**
 * What a sign-up with a known, confirmed address answers where addresses need confirmation: a user that does not
 * exist, as GoTrue does it, so that nothing of the real one is told.
 */
export function standInFor(email: string, data: JsonObject, now: Date): PresentedUser {
  const at = now.toISOString()
  return {
    id: randomUUID(),
    aud: 'authenticated',
    role: '',
    email,
    phone: '',
    confirmation_sent_at: at,
    app_metadata: { provider: 'email', providers: ['email'] },
    user_metadata: data,
    identities: [],
    created_at: at,
    updated_at: at,
    is_anonymous: false,
  }
}
