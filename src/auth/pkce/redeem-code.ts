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
  return { ...flow, user_id: flow.user_id, sessionNotAfter: await sessionEndOf(trx, flow) }
}

/** When the session has to end, where an identity provider of single sign-on has said so. */
async function sessionEndOf(
  trx: AuthDatabase,
  { id, authentication_method: method }: { readonly id: string; readonly authentication_method: string },
): Promise<Date | undefined> {
  if (method !== 'sso/saml') return undefined
  const assertion = await trx
    .selectFrom('portico.auth_saml_assertions')
    .select('session_not_after')
    .where('flow_state_id', '=', id)
    .executeTakeFirst()
  return assertion?.session_not_after ?? undefined
}
