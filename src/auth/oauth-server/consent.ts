import { randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { SignedIn } from '../account/index.ts'
import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import type { AuthDatabase, AuthTables } from '../database/index.ts'
import { randomText } from '../random.ts'
import { refusal } from './authorize.ts'
import { findClient, introduceClient } from './clients.ts'

type Authorization = Selectable<AuthTables['auth.oauth_authorizations']>

/** What the page for consent shows; or where to go on, where the user has agreed before. */
export async function showAuthorization(ctx: AuthContext, { user }: SignedIn, id: string) {
  return await ctx.db.transaction().execute(async (trx) => {
    const found = await requirePending(ctx, trx, id)
    if (found.user_id !== null && found.user_id !== user.id) throw notFound()
    const client = await findClient(trx, found.client_id)
    if (!client) throw notFound()
    if (found.user_id === null) {
      await trx.updateTable('auth.oauth_authorizations').set({ user_id: user.id }).where('id', '=', found.id).execute()
      if (await coversScopes(trx, user.id, found)) return { redirect_url: (await approve(ctx, trx, found)).href }
    }
    return {
      authorization_id: found.authorization_id,
      redirect_uri: found.redirect_uri,
      client: introduceClient(client),
      user: { id: user.id, email: user.email ?? '' },
      scope: found.scope,
    }
  })
}

/** Says yes or no, once, for the user who looked at the request. */
export async function decideAuthorization(ctx: AuthContext, { user }: SignedIn, id: string, action: string) {
  if (action !== 'approve' && action !== 'deny') {
    throw new AuthError(400, 'validation_failed', "action must be 'approve' or 'deny'")
  }
  return await ctx.db.transaction().execute(async (trx) => {
    const found = await requirePending(ctx, trx, id)
    if (found.user_id !== user.id) throw notFound()
    if (action === 'deny') {
      await trx.updateTable('auth.oauth_authorizations').set({ status: 'denied' }).where('id', '=', found.id).execute()
      const to = refusal(found.redirect_uri, 'access_denied', 'User denied the request', found.state ?? '')
      return { redirect_url: to.href }
    }
    const consent = { scopes: found.scope, granted_at: ctx.clock(), revoked_at: null }
    await trx
      .insertInto('auth.oauth_consents')
      .values({ id: randomUUID(), user_id: user.id, client_id: found.client_id, ...consent })
      .onConflict((conflict) => conflict.columns(['user_id', 'client_id']).doUpdateSet(consent))
      .execute()
    return { redirect_url: (await approve(ctx, trx, found)).href }
  })
}

/** The clients that a user has let in. */
export async function listGrants({ db }: AuthContext, { user }: SignedIn) {
  const consents = await db
    .selectFrom('auth.oauth_consents')
    .selectAll()
    .where('user_id', '=', user.id)
    .where('revoked_at', 'is', null)
    .orderBy('granted_at', 'desc')
    .execute()
  const grants = []
  for (const { client_id, scopes, granted_at } of consents) {
    const client = await findClient(db, client_id)
    if (client) {
      grants.push({ client: introduceClient(client), scopes: scopes.split(' '), granted_at: granted_at.toISOString() })
    }
  }
  return grants
}

/** Shuts a client out again: what it got before stops working. */
export async function revokeGrant(
  ctx: AuthContext,
  { user }: SignedIn,
  clientId: string,
  client: ClientInfo,
): Promise<void> {
  await ctx.db.transaction().execute(async (trx) => {
    const now = ctx.clock()
    const revoked = await trx
      .updateTable('auth.oauth_consents')
      .set({ revoked_at: now })
      .where('user_id', '=', user.id)
      .where('client_id', '=', clientId)
      .where('revoked_at', 'is', null)
      .executeTakeFirstOrThrow()
    if (revoked.numUpdatedRows === 0n) {
      throw new AuthError(404, 'oauth_consent_not_found', 'No active grant found for this client')
    }
    const own = (table: 'auth.sessions') =>
      trx.deleteFrom(table).where('user_id', '=', user.id).where('oauth_client_id', '=', clientId).execute()
    await own('auth.sessions')
    await trx
      .deleteFrom('auth.oauth_authorizations')
      .where('user_id', '=', user.id)
      .where('client_id', '=', clientId)
      .execute()
    const traits = { oauth_client_id: clientId, action: 'revoke_oauth_grant' }
    await recordEvent(trx, { action: 'token_revoked', actor: user, client, traits }, now)
  })
}

/** A request that waits for its user; locked, so that it is decided once. */
async function requirePending({ clock }: AuthContext, trx: AuthDatabase, id: string): Promise<Authorization> {
  const found = await trx
    .selectFrom('auth.oauth_authorizations')
    .selectAll()
    .where('authorization_id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  if (!found || clock() > found.expires_at) throw notFound()
  if (found.status !== 'pending') {
    throw new AuthError(400, 'validation_failed', 'authorization request is no longer pending')
  }
  return found
}

async function coversScopes(trx: AuthDatabase, userId: string, asked: Authorization): Promise<boolean> {
  const consent = await trx
    .selectFrom('auth.oauth_consents')
    .select('scopes')
    .where('user_id', '=', userId)
    .where('client_id', '=', asked.client_id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  const given = consent?.scopes.split(' ') ?? []
  return consent !== undefined && asked.scope.split(' ').every((scope) => given.includes(scope))
}

async function approve({ clock }: AuthContext, trx: AuthDatabase, found: Authorization): Promise<URL> {
  const code = randomText(52)
  await trx
    .updateTable('auth.oauth_authorizations')
    .set({ status: 'approved', authorization_code: code, approved_at: clock() })
    .where('id', '=', found.id)
    .execute()
  const url = new URL(found.redirect_uri)
  url.searchParams.set('code', code)
  if (found.state) url.searchParams.set('state', found.state)
  return url
}

function notFound(): AuthError {
  return new AuthError(404, 'oauth_authorization_not_found', 'authorization not found')
}
