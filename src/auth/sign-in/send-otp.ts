import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { type AuthDatabase, failingAs } from '../database/index.ts'
import { announced, announceUser, reportUser } from '../hooks/index.ts'
import type { JsonObject } from '../json.ts'
import { writeLetter } from '../mail/index.ts'
import { writeText } from '../sms/index.ts'
import {
  assertMetadataAllowed,
  confirmContact,
  findUserByContact,
  findUserById,
  isConfirmed,
  isContactTaken,
  lockUser,
  presentUser,
  stillThere,
  type User,
} from '../users/index.ts'
import { addUser, onceMoreIfTaken } from './add-user.ts'
import { type ConfirmationRequest, dispatchMessage, type Message, requestConfirmation } from './request-confirmation.ts'
import { assertSignUpOpen, smsOrEmail } from './sign-up.ts'

export interface OtpRequest extends ConfirmationRequest {
  readonly data: JsonObject
  /** Whether an unknown contact is to become a user. */
  readonly createUser: boolean
}

/** Sends a link and a code that sign in without a password. Answers the id of a text message; empty for a mail. */
export async function sendOtp(ctx: AuthContext, request: OtpRequest, client: ClientInfo): Promise<string> {
  const { contact, data, createUser } = request
  assertKindOpen(ctx, contact.kind)
  assertMetadataAllowed(data)
  const known = await findUserByContact(ctx.db, contact)
  if (!known) {
    if (!createUser) throw new AuthError(422, 'otp_disabled', 'Signups not allowed for otp')
    assertSignUpOpen(ctx.settings)
  }
  const newcomer = { provider: contact.kind, [contact.kind]: contact.address, userMetadata: data }
  const newId = known ? undefined : await announceUser(ctx, newcomer, client)
  const attempt = () => ctx.db.transaction().execute((trx) => write(ctx, trx, { ...request, newId }, client))
  const { message, added } = await failingAs('Database error saving new user', onceMoreIfTaken(attempt, isContactTaken))
  if (added) await reportUser(ctx, presentUser(added), client)
  return await dispatchMessage(ctx, message, client)
}

type Announced = OtpRequest & { readonly newId: string | undefined }

async function write(
  ctx: AuthContext,
  trx: AuthDatabase,
  request: Announced,
  client: ClientInfo,
): Promise<{ readonly message: Message; readonly added: User | undefined }> {
  const { user, isNew } = await findOrAdd(ctx, trx, request, client)
  return { message: await writeTo(ctx, trx, user, request, client), added: isNew ? user : undefined }
}

async function writeTo(
  ctx: AuthContext,
  trx: AuthDatabase,
  user: User,
  request: OtpRequest,
  client: ClientInfo,
): Promise<Message> {
  const { contact, channel } = request
  const { kind, address } = contact
  const { autoconfirm } = ctx.settings[smsOrEmail(contact)]
  if (!isConfirmed(user, kind) && !autoconfirm) return await requestConfirmation(ctx, trx, user, request, client)
  await recordEvent(trx, { action: 'user_recovery_requested', actor: user, client }, ctx.clock())
  return kind === 'email'
    ? { letter: await writeLetter(ctx, trx, 'magic_link', { ...user, email: address }, request) }
    : { text: await writeText(ctx, trx, user, { kind: 'confirmation', phone: address, channel }) }
}

async function findOrAdd(
  { settings, clock }: AuthContext,
  trx: AuthDatabase,
  { contact, data, newId }: Announced,
  client: ClientInfo,
): Promise<{ readonly user: User; readonly isNew: boolean }> {
  const known = await findUserByContact(trx, contact)
  if (known) return { user: (await lockUser(trx, known.id)) ?? known, isNew: false }
  const now = clock()
  const id = await addUser(trx, { id: announced(newId), contact, passwordHash: '', data }, now)
  if (settings[smsOrEmail(contact)].autoconfirm) await confirmContact(trx, id, contact.kind, now)
  const user = stillThere(await findUserById(trx, id))
  if (isConfirmed(user, contact.kind)) {
    const traits = { provider: contact.kind }
    await recordEvent(trx, { action: 'user_signedup', actor: user, client, traits }, now)
  }
  return { user, isNew: true }
}

function assertKindOpen({ settings }: AuthContext, kind: 'email' | 'phone'): void {
  if (kind === 'email' && !settings.email.enabled) {
    throw new AuthError(422, 'email_provider_disabled', 'Email logins are disabled')
  }
  if (kind === 'phone' && !settings.sms.enabled) {
    throw new AuthError(400, 'phone_provider_disabled', 'Unsupported phone provider')
  }
}
