import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../json.ts'
import type { Contact, PresentedUser } from '../users/index.ts'

/**
 * What a sign-up with a known, confirmed contact answers where contacts need confirmation: a user that does not
 * exist, as GoTrue does it, so that nothing of the real one is told.
 */
export function standInFor({ kind, address }: Contact, data: JsonObject, now: Date): PresentedUser {
  const at = now.toISOString()
  return {
    id: randomUUID(),
    aud: 'authenticated',
    role: '',
    email: kind === 'email' ? address : '',
    phone: kind === 'phone' ? address : '',
    confirmation_sent_at: at,
    app_metadata: { provider: kind, providers: [kind] },
    user_metadata: data,
    identities: [],
    created_at: at,
    updated_at: at,
    is_anonymous: false,
  }
}
