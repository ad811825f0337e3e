import { randomUUID } from 'node:crypto'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { type AuthDatabase, failingAs } from '../database/index.ts'
import type { JsonObject } from '../json.ts'
import { deliver, type Mail } from '../mail/index.ts'
import { assertPasswordAllowed } from '../passwords/index.ts'
import { type SessionResponse, sessionResponse, startSession } from '../sessions/index.ts'
import {
  assertMetadataAllowed,
  confirmEmail,
  findUserByEmail,
  findUserById,
  insertIdentity,
  insertUser,
  isEmailTaken,
  type PresentedUser,
  parseEmailAddress,
  presentUser,
  type User,
} from '../users/index.ts'
import { requestConfirmation } from './request-confirmation.ts'
import { standInFor } from './stand-in-user.ts'

export interface SignUpRequest {
  readonly email: string
  readonly password: string
  readonly data: JsonObject
  /** Where the confirmation link leads in the end; already checked. */
  readonly redirectTo: string
}

/**
 * Makes an account with e-mail address and password. Answers a session where addresses need no confirmation, else
 * the user, to whom a mail is under way. The account is committed before the answer.
 */
export async function signUp(
  ctx: AuthContext,
  request: SignUpRequest,
  client: ClientInfo,
): Promise<SessionResponse | PresentedUser> {
  const { settings } = ctx
  assertSignUpOpen(settings)
  if (request.password === '') throw new AuthError(400, 'validation_failed', 'Signup requires a valid password')
  assertPasswordAllowed(request.password, settings.passwords)
  if (!settings.email.enabled) throw new AuthError(400, 'email_provider_disabled', 'Email signups are disabled')
  const email = parseEmailAddress(request.email)
  assertMetadataAllowed(request.data)

  // Outside the transaction, and also for a known address: it takes long, and its absence would tell.
  const passwordHash = await ctx.hasher.hash(request.password)
  const account = { ...request, email, passwordHash }
  const outcome = await failingAs(
    'Database error saving new user',
    onceMoreIfTaken(() => ctx.db.transaction().execute((trx) => enter(ctx, trx, account, client))),
  )
  switch (outcome.kind) {
    case 'signed-in':
      return outcome.response
    case 'confirmation-needed':
      await deliver(ctx, [outcome.mail], 'confirmation')
      return withoutInvitersData(outcome.user)
    case 'known':
      if (settings.email.autoconfirm) throw new AuthError(422, 'user_already_exists', 'User already registered')
      return standInFor(email, request.data, ctx.clock())
  }
}

/** Throws where the project takes no new users. */
export function assertSignUpOpen(settings: AuthContext['settings']): void {
  if (!settings.signUp) throw new AuthError(422, 'signup_disabled', 'Signups not allowed for this instance')
}

type Outcome =
  | { readonly kind: 'signed-in'; readonly response: SessionResponse }
  | { readonly kind: 'confirmation-needed'; readonly user: User; readonly mail: Mail }
  | { readonly kind: 'known' }

async function enter(
  ctx: AuthContext,
  trx: AuthDatabase,
  request: SignUpRequest & { readonly passwordHash: string },
  client: ClientInfo,
): Promise<Outcome> {
  const now = ctx.clock()
  const { autoconfirm } = ctx.settings.email
  const known = await findUserByEmail(trx, request.email)
  // Whoever knows an unconfirmed address must not get into its account: without a mail nothing proves it is theirs.
  if (known && (known.email_confirmed_at || autoconfirm)) return { kind: 'known' }
  // The first password stays: which of the two is the owner's is not known before the confirmation.
  const userId = known?.id ?? (await addEmailUser(trx, request, now))

  if (autoconfirm) {
    await confirmEmail(trx, userId, now)
    const session = await startSession(trx, userId, 'password', client, now)
    return { kind: 'signed-in', response: await sessionResponse(ctx, trx, userId, session, now) }
  }
  const mail = await requestConfirmation(ctx, trx, {
    userId,
    email: request.email,
    lastSentAt: known?.confirmation_sent_at ?? null,
    redirectTo: request.redirectTo,
  })
  const user = await findUserById(trx, userId)
  if (!user) throw new Error('a user vanished within the transaction that added it')
  return { kind: 'confirmation-needed', user, mail }
}

async function addEmailUser(
  trx: AuthDatabase,
  { email, passwordHash, data }: SignUpRequest & { readonly passwordHash: string },
  now: Date,
): Promise<string> {
  const id = randomUUID()
  const own = { email, email_verified: false, phone_verified: false }
  const appMetadata = { provider: 'email', providers: ['email'] }
  await insertUser(trx, { id, email, passwordHash, appMetadata, userMetadata: { ...data, sub: id, ...own } }, now)
  await insertIdentity(trx, id, 'email', { ...data, ...own }, now)
  return id
}

/** Two sign-ups with one new address at once: the second looks again, and finds what the first made. */
async function onceMoreIfTaken<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isEmailTaken(error)) throw error
    return await work()
  }
}

/** An invited user's data is the inviter's: whoever merely signs up with the address must not see it. */
function withoutInvitersData(user: User): PresentedUser {
  const presented = presentUser(user)
  return user.invited_at ? { ...presented, user_metadata: {}, identities: [] } : presented
}
