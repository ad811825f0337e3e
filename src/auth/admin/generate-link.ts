import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { type AuthDatabase, failingAs } from '../database/index.ts'
import { announced, announceUser, reportUser } from '../hooks/index.ts'
import type { JsonObject } from '../json.ts'
import { linkOf, type RequestLetter, writeEmailChangeLetters, writeLetter } from '../mail/index.ts'
import { assertPasswordAllowed } from '../passwords/index.ts'
import { addUser } from '../sign-in/index.ts'
import {
  findUserByEmail,
  isEmailTaken,
  lockUser,
  mergeMetadata,
  type PresentedUser,
  parseEmailAddress,
  presentUser,
  stillThere,
  type User,
} from '../users/index.ts'
import { writeInvitation } from './invite-user.ts'

export interface LinkRequest {
  readonly type: string
  readonly email: string
  readonly newEmail: string
  readonly password: string
  readonly data: JsonObject | undefined
  readonly redirectTo: string
}

/** A link as a mail would carry it, for whoever sends mails without this service. */
export type GeneratedLink = PresentedUser & {
  readonly action_link: string
  readonly email_otp: string
  readonly hashed_token: string
  readonly verification_type: string
  readonly redirect_to: string
}

/** Makes a link of any type, and the user where there is none and the type is one to begin with. */
export async function generateLink(ctx: AuthContext, request: LinkRequest, client: ClientInfo): Promise<GeneratedLink> {
  const known = await findUserByEmail(ctx.db, request.email)
  const type = request.type === 'magiclink' && !known ? 'signup' : request.type
  const passwordHash = type === 'signup' && !known ? await hashOf(ctx, request) : ''
  const begins = !known && (type === 'signup' || type === 'invite')
  const newcomer = { provider: 'email', email: request.email, userMetadata: request.data ?? {} }
  const newId = begins ? await announceUser(ctx, newcomer, client) : undefined
  const written = ctx.db
    .transaction()
    .execute((trx) => write(ctx, trx, { ...request, type, newId, passwordHash }, client))
    .catch((error: unknown) => {
      throw isEmailTaken(error) ? emailExists() : error
    })
  const letter = await failingAs('Database error generating a link', written)
  if (newId === letter.user.id) await reportUser(ctx, presentUser(letter.user), client)
  return {
    ...presentUser(letter.user),
    action_link: linkOf(ctx.settings.externalUrl, letter),
    email_otp: letter.token.code,
    hashed_token: letter.token.hash,
    verification_type: type,
    redirect_to: letter.redirectTo,
  }
}

/** A link to sign in, for an unknown address, makes an account without a password. */
async function hashOf(ctx: AuthContext, { type, password }: LinkRequest): Promise<string> {
  if (type === 'magiclink') return ''
  if (password === '') throw new AuthError(400, 'validation_failed', 'Signup requires a valid password')
  assertPasswordAllowed(password, ctx.settings.passwords)
  return await ctx.hasher.hash(password)
}

interface PreparedRequest extends LinkRequest {
  readonly newId: string | undefined
  readonly passwordHash: string
}

async function write(
  ctx: AuthContext,
  trx: AuthDatabase,
  request: PreparedRequest,
  client: ClientInfo,
): Promise<RequestLetter> {
  const { type, email, redirectTo } = request
  switch (type) {
    case 'invite':
      return await writeInvitation(
        ctx,
        trx,
        { email, data: request.data ?? {}, redirectTo, newId: request.newId },
        client,
      )
    case 'signup':
      return await writeSignUp(ctx, trx, request)
    case 'magiclink':
    case 'recovery': {
      const user = await requireKnown(trx, email)
      await recordEvent(trx, { action: 'user_recovery_requested', actor: user, client }, ctx.clock())
      const kind = type === 'recovery' ? 'recovery' : 'magic_link'
      return await writeLetter(ctx, trx, kind, { ...user, email, recovery_sent_at: null }, { redirectTo })
    }
    case 'email_change_current':
    case 'email_change_new':
      return await writeEmailChange(ctx, trx, request)
    default:
      throw new AuthError(400, 'validation_failed', `Invalid email action link type requested: ${type}`)
  }
}

async function writeSignUp(
  ctx: AuthContext,
  trx: AuthDatabase,
  { email, data, newId, passwordHash, redirectTo }: PreparedRequest,
): Promise<RequestLetter> {
  const known = await findUserByEmail(trx, email)
  if (known?.email_confirmed_at) throw emailExists()
  const contact = { kind: 'email', address: email } as const
  const id = known?.id ?? (await addUser(trx, { id: announced(newId), contact, passwordHash, data: {} }, ctx.clock()))
  const metadata = known ? mergeMetadata('raw_user_meta_data', data ?? {}) : JSON.stringify(data ?? {})
  await trx.updateTable('auth.users').set({ raw_user_meta_data: metadata }).where('id', '=', id).execute()
  const user = stillThere(await lockUser(trx, id))
  return await writeLetter(ctx, trx, 'confirmation', { ...user, email, confirmation_sent_at: null }, { redirectTo })
}

async function writeEmailChange(ctx: AuthContext, trx: AuthDatabase, request: LinkRequest): Promise<RequestLetter> {
  const atOld = request.type === 'email_change_current'
  if (atOld && !ctx.settings.email.confirmChangeTwice) {
    const message = 'Enable secure email change to generate link for current email'
    throw new AuthError(400, 'validation_failed', message)
  }
  const user = await requireKnown(trx, request.email)
  const newEmail = parseEmailAddress(request.newEmail)
  if (await findUserByEmail(trx, newEmail)) throw emailExists()
  // Asked for one address after the other, the first link must stay good.
  const pending = user.email_change === newEmail && user.email_change_sent_at !== null
  const letters = await writeEmailChangeLetters(
    ctx,
    trx,
    { ...user, email_change_sent_at: null },
    newEmail,
    { redirectTo: request.redirectTo },
    pending ? (atOld ? 'current' : 'new') : 'both',
  )
  const wanted = letters.find(({ to }) => (to === newEmail) !== atOld)
  if (!wanted) throw new AuthError(400, 'validation_failed', 'There is no such address to confirm')
  return wanted
}

async function requireKnown(trx: AuthDatabase, email: string): Promise<User> {
  const found = await findUserByEmail(trx, email)
  const user = found && (await lockUser(trx, found.id))
  if (user) return user
  throw new AuthError(404, 'user_not_found', 'User with this email not found')
}

function emailExists(): AuthError {
  return new AuthError(422, 'email_exists', 'A user with this email address has already been registered')
}
