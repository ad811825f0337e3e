import { randomUUID } from 'node:crypto'
import { AuthError } from '../auth-error.ts'
import type { AuthDatabase } from '../database/index.ts'
import type { Challenge } from './challenge.ts'

/** How a sign-in that ends with a code began: GoTrue's names, which the session's `amr` shows. */
export type FlowMethod = 'email/signup' | 'recovery' | 'magiclink' | 'invite' | 'email_change' | 'oauth' | 'sso/saml'

/** GoTrue reads no NULL there. */
const noTokens = { provider_access_token: '', provider_refresh_token: '' }

/** Remembers a sign-in that goes by way of another service, and answers the state that has to come back. */
export async function beginExternalFlow(trx: AuthDatabase, flow: ExternalFlow, now: Date): Promise<string> {
  const id = randomUUID()
  const clientState = randomUUID()
  const verifier = { id: clientState, provider_type: flow.provider, code_verifier: flow.verifier, created_at: now }
  await forgetStale(trx, now)
  await trx.insertInto('auth.oauth_client_states').values(verifier).execute()
  await trx
    .insertInto('auth.flow_state')
    .values({
      id,
      auth_code: randomUUID(),
      ...(flow.challenge && {
        code_challenge: flow.challenge.challenge,
        code_challenge_method: flow.challenge.method,
      }),
      provider_type: flow.provider,
      ...noTokens,
      authentication_method: 'oauth',
      referrer: flow.redirectTo,
      invite_token: flow.inviteToken || null,
      linking_target_id: flow.linkingTarget ?? null,
      oauth_client_state_id: clientState,
      email_optional: flow.emailOptional,
      created_at: now,
      updated_at: now,
    })
    .execute()
  return id
}

export interface ExternalFlow {
  readonly provider: string
  /** What only this service knows of the request that the provider gets (RFC 7636). */
  readonly verifier: string
  readonly challenge: Challenge | undefined
  readonly redirectTo: string
  readonly inviteToken: string
  /** The user to whom an identity is to be added. */
  readonly linkingTarget: string | undefined
  readonly emailOptional: boolean
}

/** Remembers a sign-in that goes by way of an identity provider of single sign-on, and answers its id. */
export async function beginSsoFlow(
  trx: AuthDatabase,
  { redirectTo, challenge }: Pick<ExternalFlow, 'redirectTo' | 'challenge'>,
  now: Date,
): Promise<string> {
  const id = randomUUID()
  await forgetStale(trx, now)
  await trx
    .insertInto('auth.flow_state')
    .values({
      id,
      auth_code: randomUUID(),
      ...(challenge && { code_challenge: challenge.challenge, code_challenge_method: challenge.method }),
      provider_type: 'sso/saml',
      authentication_method: 'sso/saml',
      referrer: redirectTo,
      created_at: now,
      updated_at: now,
    })
    .execute()
  return id
}

/** Takes the verifier of a flow away, so that what comes back from a provider counts once; undefined the second time. */
export async function takeVerifier(trx: AuthDatabase, clientState: string | null): Promise<string | undefined> {
  if (clientState === null) return undefined
  const taken = await trx
    .deleteFrom('auth.oauth_client_states')
    .where('id', '=', clientState)
    .returning('code_verifier')
    .executeTakeFirst()
  return taken?.code_verifier ?? undefined
}

/** Whoever went away to sign in and has not come back for a day will not. */
async function forgetStale(trx: AuthDatabase, now: Date): Promise<void> {
  const stale = new Date(now.getTime() - 24 * 60 * 60 * 1000)
  await trx.deleteFrom('auth.oauth_client_states').where('created_at', '<', stale).execute()
  await trx.deleteFrom('auth.flow_state').where('created_at', '<', stale).execute()
}

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
      ...noTokens,
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
