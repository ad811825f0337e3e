import { randomUUID } from 'node:crypto'
import { AuthError } from '../auth-error.ts'
import type { AuthDatabase } from '../database/index.ts'
import type { Challenge } from './challenge.ts'

/** How a sign-in that ends with a code began: GoTrue's names, which the session's `amr` shows. */
export type FlowMethod = 'email/signup' | 'recovery' | 'magiclink' | 'invite' | 'email_change' | 'oauth'

/** Remembers a client's challenge until the user comes back by the link that was mailed. */
export async function beginFlow(
  trx: AuthDatabase,
  {
    userId,
    method,
    challenge,
  }: { readonly userId: string; readonly method: FlowMethod; readonly challenge: Challenge },
  now: Date,
): Promise<void> {
  await trx
    .insertInto('auth.flow_state')
    .values({
      id: randomUUID(),
      user_id: userId,
      auth_code: randomUUID(),
      code_challenge: challenge.challenge,
      code_challenge_method: challenge.method,
      provider_type: method === 'email/signup' ? 'email' : method,
      authentication_method: method,
      created_at: now,
      updated_at: now,
    })
    .execute()
}

/** The code of the user's latest flow of a method, from now on worth a session to whoever answers its challenge. */
export async function issueAuthCode(trx: AuthDatabase, userId: string, method: FlowMethod, now: Date): Promise<string> {
  const flow = await trx
    .selectFrom('auth.flow_state')
    .select(['id', 'auth_code as code'])
    .where('user_id', '=', userId)
    .where('authentication_method', '=', method)
    .where('code_challenge', 'is not', null)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!flow?.code) {
    const message = 'No associated flow state found. No valid flow state found for user.'
    throw new AuthError(400, 'flow_state_not_found', message)
  }
  await trx
    .updateTable('auth.flow_state')
    .set({ auth_code_issued_at: now, updated_at: now })
    .where('id', '=', flow.id)
    .execute()
  return flow.code
}
