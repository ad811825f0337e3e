import { randomUUID } from 'node:crypto'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import type { JsonObject } from '../json.ts'
import type { PresentedUser } from '../users/index.ts'

/** Who is to be made a user. */
export interface Newcomer {
  readonly provider: string
  readonly email?: string
  readonly phone?: string
  readonly userMetadata: JsonObject
}

type Asking = Pick<AuthContext, 'hooks'>

/** How Go writes the time of what has not happened. */
const never = '0001-01-01T00:00:00Z'

/**
 * Asks the before-user-created hook, outside of any transaction, and answers the id that the user will have. Throws
 * what the hook refuses with.
 */
export async function announceUser({ hooks }: Asking, newcomer: Newcomer, client: ClientInfo): Promise<string> {
  const id = randomUUID()
  if (!hooks.has('beforeUserCreated')) return id
  const { provider, email = '', phone = '', userMetadata } = newcomer
  const user = {
    ...{ id, aud: 'authenticated', role: 'authenticated', email, phone },
    app_metadata: provider === 'anonymous' ? {} : { provider, providers: [provider] },
    user_metadata: userMetadata,
    identities: [],
    ...{ created_at: never, updated_at: never, is_anonymous: provider === 'anonymous' },
  }
  await hooks.ask('beforeUserCreated', { input: { user }, client })
  return id
}

/** Tells the after-user-created hook of a user who is committed. */
export async function reportUser({ hooks }: Asking, user: PresentedUser, client: ClientInfo): Promise<void> {
  await hooks.ask('afterUserCreated', { input: { user }, client })
}

/** The announced id. Where it is missing, the user that was to be there already has gone in the meantime. */
export function announced(id: string | undefined): string {
  if (id !== undefined) return id
  throw new AuthError(409, 'conflict', 'The user was deleted while the request was under way: send it again')
}
