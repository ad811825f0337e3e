import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Selectable } from 'kysely'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import type { AuthDatabase, AuthTables } from '../database/index.ts'
import { isUuid } from '../uuid.ts'
import { assertClient, type ClientRequest, kindOf } from './client-request.ts'

/** An application of someone else that signs people in here. */
export type Client = Selectable<AuthTables['auth.oauth_clients']>

const everyGrant = ['authorization_code', 'refresh_token']

/** Adds a client, and answers it with its secret: shown this once, and stored as a digest. */
export async function registerClient(
  { db, clock }: Pick<AuthContext, 'db' | 'clock'>,
  request: ClientRequest,
  registration: 'manual' | 'dynamic',
) {
  assertClient({ ...request, redirect_uris: request.redirect_uris ?? [] })
  const { type, method } = kindOf(request)
  const secret = type === 'confidential' ? newSecret() : undefined
  const now = clock()
  const client = await db
    .insertInto('auth.oauth_clients')
    .values({
      id: randomUUID(),
      client_secret_hash: secret === undefined ? '' : digest(secret).toString('base64url'),
      registration_type: registration,
      redirect_uris: (request.redirect_uris ?? []).join(','),
      grant_types: (request.grant_types ?? everyGrant).join(','),
      client_name: request.client_name || null,
      client_uri: request.client_uri || null,
      logo_uri: request.logo_uri || null,
      client_type: type,
      token_endpoint_auth_method: method,
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return { ...presentClient(client), ...(secret !== undefined && { client_secret: secret }) }
}

export async function listClients({ db }: Pick<AuthContext, 'db'>) {
  const clients = await db
    .selectFrom('auth.oauth_clients')
    .selectAll()
    .where('deleted_at', 'is', null)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute()
  return clients.map(presentClient)
}

/** A client that was not deleted; undefined for an id that is none. */
export async function findClient(db: AuthDatabase, id: string): Promise<Client | undefined> {
  if (!isUuid(id)) return undefined
  return await db
    .selectFrom('auth.oauth_clients')
    .selectAll()
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
}

export async function updateClient(
  { db, clock }: Pick<AuthContext, 'db' | 'clock'>,
  client: Client,
  request: ClientRequest,
) {
  const { redirect_uris, grant_types, client_name, client_uri, logo_uri, token_endpoint_auth_method } = request
  const said = [redirect_uris, grant_types, client_name, client_uri, logo_uri, token_endpoint_auth_method]
  if (said.every((value) => value === undefined || value === null)) throw invalid('No fields provided for update')
  assertClient(request)
  const { method } = token_endpoint_auth_method
    ? kindOf({ ...request, client_type: client.client_type })
    : { method: undefined }
  const updated = await db
    .updateTable('auth.oauth_clients')
    .set({
      ...(redirect_uris && { redirect_uris: redirect_uris.join(',') }),
      ...(grant_types && { grant_types: grant_types.join(',') }),
      ...(typeof client_name === 'string' && { client_name }),
      ...(typeof client_uri === 'string' && { client_uri }),
      ...(typeof logo_uri === 'string' && { logo_uri }),
      ...(method && { token_endpoint_auth_method: method }),
      updated_at: clock(),
    })
    .where('id', '=', client.id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return presentClient(updated)
}

/** Takes a client away; the sessions that it had end. */
export async function deleteClient({ db, clock }: Pick<AuthContext, 'db' | 'clock'>, { id }: Client): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const now = clock()
    await trx.updateTable('auth.oauth_clients').set({ deleted_at: now, updated_at: now }).where('id', '=', id).execute()
    await trx.deleteFrom('auth.sessions').where('oauth_client_id', '=', id).execute()
  })
}

export async function regenerateSecret({ db, clock }: Pick<AuthContext, 'db' | 'clock'>, client: Client) {
  if (client.client_type === 'public') throw invalid('Cannot regenerate secret for public client')
  const secret = newSecret()
  const set = { client_secret_hash: digest(secret).toString('base64url'), updated_at: clock() }
  await db.updateTable('auth.oauth_clients').set(set).where('id', '=', client.id).execute()
  return { ...presentClient({ ...client, updated_at: set.updated_at }), client_secret: secret }
}

/** Whether a client that asks for tokens is who it says; by the one method that it registered. */
export function provesClient(client: Client, method: string, secret: string): boolean {
  if (method !== client.token_endpoint_auth_method) return false
  if (client.client_type === 'public') return secret === ''
  const stored = Buffer.from(client.client_secret_hash ?? '', 'base64url')
  return stored.length === 32 && timingSafeEqual(stored, digest(secret))
}

/** A client as the API shows it: never its secret. */
export function presentClient(client: Client) {
  return {
    client_id: client.id,
    client_type: client.client_type,
    redirect_uris: client.redirect_uris.split(','),
    token_endpoint_auth_method: client.token_endpoint_auth_method,
    grant_types: client.grant_types.split(','),
    response_types: ['code'],
    ...(client.client_name && { client_name: client.client_name }),
    ...(client.client_uri && { client_uri: client.client_uri }),
    ...(client.logo_uri && { logo_uri: client.logo_uri }),
    registration_type: client.registration_type,
    created_at: client.created_at.toISOString(),
    updated_at: client.updated_at.toISOString(),
  }
}

/** What a user who is asked for consent sees of a client. */
export function introduceClient(client: Client) {
  return {
    id: client.id,
    name: client.client_name ?? '',
    // No text that is none: Swift's client reads addresses.
    ...(client.client_uri && { uri: client.client_uri }),
    ...(client.logo_uri && { logo_uri: client.logo_uri }),
  }
}

function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

function invalid(message: string): AuthError {
  return new AuthError(400, 'validation_failed', message)
}
