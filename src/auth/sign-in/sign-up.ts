import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { type AuthDatabase, failingAs } from '../database/index.ts'
import { announced, announceUser, reportUser } from '../hooks/index.ts'
import type { JsonObject } from '../json.ts'
import { assertPasswordAllowed } from '../passwords/index.ts'
import type { Challenge } from '../pkce/index.ts'
import { type SessionResponse, sessionResponse, sessionTransaction, startSession } from '../sessions/index.ts'
import type { Channel } from '../sms/index.ts'
import {
  assertMetadataAllowed,
  type Contact,
  confirmContact,
  findUserByContact,
  findUserById,
  isConfirmed,
  isContactTaken,
  type PresentedUser,
  presentUser,
  stillThere,
  type User,
} from '../users/index.ts'
import { addUser, onceMoreIfTaken } from './add-user.ts'
import { dispatchMessage, type Message, requestConfirmation } from './request-confirmation.ts'
import { standInFor } from './stand-in-user.ts'

export interface SignUpRequest {
  readonly contact: Contact
  readonly password: string
  readonly data: JsonObject
  /** Where the confirmation link leads in the end; already checked. */
  readonly redirectTo: string
  readonly challenge: Challenge | undefined
  readonly channel: Channel
}

/**
 * Makes an account with a password. Answers a session where contacts need no confirmation, else the user, to whom a
 * mail or a message is under way. The account is committed before the answer.
 */
export async function signUp(
  ctx: AuthContext,
  request: SignUpRequest,
  client: ClientInfo,
): Promise<SessionResponse | PresentedUser> {
  const { settings } = ctx
  const { contact, password, data, challenge } = request
  assertSignUpOpen(settings)
  if (password === '') throw new AuthError(400, 'validation_failed', 'Signup requires a valid password')
  assertPasswordAllowed(password, settings.passwords)
  assertKindOpen(ctx, contact.kind)
  if (contact.kind === 'phone' && challenge) {
    throw new AuthError(400, 'validation_failed', 'PKCE not supported for phone signups')
  }
  assertMetadataAllowed(data)

  const known = await findUserByContact(ctx.db, contact)
  const newcomer = { provider: contact.kind, [contact.kind]: contact.address, userMetadata: data }
  const newId = known ? undefined : await announceUser(ctx, newcomer, client)
  // Outside the transaction, and also for a known address: it takes long, and its absence would tell.
  const passwordHash = await ctx.hasher.hash(password)
  const attempt = () => sessionTransaction(ctx, (trx) => enter(ctx, trx, { ...request, newId, passwordHash }, client))
  const { autoconfirm } = settings[smsOrEmail(contact)]
  const interval = contact.kind === 'email' ? settings.email.mailInterval : settings.sms.interval
  const about = { contact, purpose: 'confirmation', interval }
  const answer = await ctx.discretion.about<SessionResponse | PresentedUser | undefined>(about, async () => {
    const outcome = await failingAs('Database error saving new user', onceMoreIfTaken(attempt, isContactTaken))
    if (outcome.kind !== 'known' && outcome.isNew) {
      await reportUser(ctx, outcome.kind === 'signed-in' ? outcome.response.user : presentUser(outcome.user), client)
    }
    switch (outcome.kind) {
      case 'signed-in':
        return { was: 'open', value: outcome.response }
      case 'confirmation-needed':
        await dispatchMessage(ctx, outcome.message, client)
        return { was: 'sent', value: withoutInvitersData(outcome.user) }
      case 'known':
        if (autoconfirm) return { was: 'open', value: undefined }
        return { was: 'silent', value: standInFor(contact, data, ctx.clock()) }
    }
  })
  if (answer) return answer
  throw new AuthError(422, 'user_already_exists', 'User already registered')
}

/** Throws where the project takes no new users. */
export function assertSignUpOpen(settings: AuthContext['settings']): void {
  if (!settings.signUp) throw new AuthError(422, 'signup_disabled', 'Signups not allowed for this instance')
}

function assertKindOpen({ settings }: AuthContext, kind: Contact['kind']): void {
  if (kind === 'email' && !settings.email.enabled) {
    throw new AuthError(400, 'email_provider_disabled', 'Email signups are disabled')
  }
  if (kind === 'phone' && !settings.sms.enabled) {
    throw new AuthError(400, 'phone_provider_disabled', 'Phone signups are disabled')
  }
}

/** Under which settings a contact stands. */
export function smsOrEmail({ kind }: Contact): 'email' | 'sms' {
  return kind === 'email' ? 'email' : 'sms'
}

type Outcome =
  | { readonly kind: 'signed-in'; readonly response: SessionResponse; readonly isNew: boolean }
  | { readonly kind: 'confirmation-needed'; readonly user: User; readonly message: Message; readonly isNew: boolean }
  | { readonly kind: 'known' }

async function enter(
  ctx: AuthContext,
  trx: AuthDatabase,
  request: SignUpRequest & { readonly newId: string | undefined; readonly passwordHash: string },
  client: ClientInfo,
): Promise<Outcome> {
  const now = ctx.clock()
  const { contact } = request
  const { autoconfirm } = ctx.settings[smsOrEmail(contact)]
  const traits = { provider: contact.kind }
  const known = await findUserByContact(trx, contact)
  // Whoever knows an unconfirmed address must not get into its account: without a mail nothing proves it is theirs.
  if (known && (isConfirmed(known, contact.kind) || autoconfirm)) {
    await recordEvent(trx, { action: 'user_repeated_signup', actor: known, client, traits }, now)
    return { kind: 'known' }
  }
  // The first password stays: which of the two is the owner's is not known before the confirmation.
  const userId = known?.id ?? (await addUser(trx, { ...request, id: announced(request.newId) }, now))
  const isNew = known === undefined
  const user = await reload(trx, userId)
  if (!autoconfirm) {
    const message = await requestConfirmation(ctx, trx, user, request, client)
    return { kind: 'confirmation-needed', user: await reload(trx, userId), message, isNew }
  }
  const signedUp = { ...traits, ...(contact.kind === 'phone' && { channel: request.channel }) }
  await recordEvent(trx, { action: 'user_signedup', actor: user, client, traits: signedUp }, now)
  await confirmContact(trx, userId, contact.kind, now)
  await recordEvent(trx, { action: 'login', actor: user, client, traits }, now)
  const session = await startSession(trx, userId, 'password', client, now)
  return { kind: 'signed-in', response: await sessionResponse(ctx, trx, session, now), isNew }
}

async function reload(trx: AuthDatabase, id: string): Promise<User> {
  return stillThere(await findUserById(trx, id))
}

/** An invited user's data is the inviter's: whoever merely signs up with the address must not see it. */
function withoutInvitersData(user: User): PresentedUser {
  const presented = presentUser(user)
  return user.invited_at ? { ...presented, user_metadata: {}, identities: [] } : presented
}
