import { nobody, recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { type AuthDatabase, failingAs } from '../database/index.ts'
import { announced, announceUser, reportUser } from '../hooks/index.ts'
import type { JsonObject } from '../json.ts'
import { deliver, type RequestLetter, writeLetter } from '../mail/index.ts'
import { addUser, type NewAccount } from '../sign-in/index.ts'
import { findUserByEmail, lockUser, type PresentedUser, presentUser, stillThere } from '../users/index.ts'

export interface Invitation {
  readonly email: string
  readonly data: JsonObject
  readonly redirectTo: string
}

/** Makes an account for an address and mails its owner a link into it. One who was invited before gets another mail. */
export async function inviteUser(ctx: AuthContext, invitation: Invitation, client: ClientInfo): Promise<PresentedUser> {
  const newId = await announceInvited(ctx, invitation, client)
  const invited = ctx.db.transaction().execute((trx) => writeInvitation(ctx, trx, { ...invitation, newId }, client))
  const letter = await failingAs('Error inviting user', invited)
  if (newId === letter.user.id) await reportUser(ctx, presentUser(letter.user), client)
  await deliver(ctx, [letter], client)
  return presentUser(letter.user)
}

/** The id of the user to be made; undefined where the address has one. */
async function announceInvited(
  ctx: AuthContext,
  { email, data }: Invitation,
  client: ClientInfo,
): Promise<string | undefined> {
  if (await findUserByEmail(ctx.db, email)) return undefined
  return await announceUser(ctx, { provider: 'email', email, userMetadata: data }, client)
}

/** The invitation itself, to be sent once it is committed. */
export async function writeInvitation(
  ctx: AuthContext,
  trx: AuthDatabase,
  { email, data, redirectTo, newId }: Invitation & { readonly newId: string | undefined },
  client: ClientInfo,
): Promise<RequestLetter> {
  const now = ctx.clock()
  const known = await findUserByEmail(trx, email)
  if (known?.email_confirmed_at) {
    throw new AuthError(422, 'email_exists', 'A user with this email address has already been registered')
  }
  const contact = { kind: 'email', address: email } as const
  const id = known?.id ?? (await addInvited(trx, { id: announced(newId), contact, data }, now))
  const user = stillThere(await lockUser(trx, id))
  const traits = { user_id: id, user_email: email }
  await recordEvent(trx, { action: 'user_invited', actor: nobody, client, traits }, now)
  await trx.updateTable('auth.users').set({ invited_at: now }).where('id', '=', id).execute()
  return await writeLetter(ctx, trx, 'invite', { ...user, email }, { redirectTo })
}

/** What an administrator writes into the metadata stays as it is, without what sign-ups add. */
async function addInvited(
  trx: AuthDatabase,
  { id, contact, data }: Omit<NewAccount, 'passwordHash'>,
  now: Date,
): Promise<string> {
  await addUser(trx, { id, contact, passwordHash: '', data }, now)
  const set = { raw_user_meta_data: JSON.stringify(data) }
  await trx.updateTable('auth.users').set(set).where('id', '=', id).execute()
  return id
}
