import { AuthError } from '../auth-error.ts'
import type { AuthDatabase } from '../database/index.ts'
import { answersChallenge } from './challenge.ts'

/** Milliseconds that a flow may take: from its beginning, for magic links from when the link was followed. */
const lifetime = 300_000

/** Takes a code away from its flow, once, against the verifier of the client that began it. */
export async function redeemCode(
  trx: AuthDatabase,
  { code, verifier }: { readonly code: string; readonly verifier: string },
  now: Date,
) {
  const flow = await trx
    .selectFrom('auth.flow_state')
    .selectAll()
    .where('auth_code', '=', code)
    .forUpdate()
    .executeTakeFirst()
  if (!flow?.user_id || !flow.code_challenge || !flow.code_challenge_method) {
    throw new AuthError(404, 'flow_state_not_found', 'invalid flow state, no valid flow state found')
  }
  // A mail may be read late: what counts is when its link was followed.
  const since = flow.auth_code_issued_at ?? flow.created_at
  if (!since || now.getTime() > since.getTime() + lifetime) {
    throw new AuthError(422, 'flow_state_expired', 'invalid flow state, flow state has expired')
  }
  const challenge = { challenge: flow.code_challenge, method: flow.code_challenge_method }
  if (!answersChallenge(challenge, verifier)) {
    throw new AuthError(400, 'bad_code_verifier', 'code challenge does not match previously saved code verifier')
  }
  await trx.deleteFrom('auth.flow_state').where('id', '=', flow.id).execute()
  return { ...flow, user_id: flow.user_id }
}
