import type { AuthContext } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import { type RequestLetter, writeEmailChangeLetters } from '../mail/index.ts'
import { type Text, writeText } from '../sms/index.ts'
import { findUserById, replaceEmail, replacePhone } from '../users/index.ts'
import type { UserChanges } from './allowed-changes.ts'

/** What asks to confirm a new contact, to be sent once the change is committed. */
export interface ContactMessages {
  readonly letters?: readonly RequestLetter[]
  readonly text?: Text
}

type Request = Pick<UserChanges, 'redirectTo' | 'challenge' | 'channel'>

/** An anonymous user's first address needs no mail where sign-ups need none; every other change does. */
export async function changeEmail(
  ctx: AuthContext,
  trx: AuthDatabase,
  id: string,
  email: string,
  request: Request,
): Promise<ContactMessages> {
  const user = await findUserById(trx, id)
  if (!user) return {}
  if (!(user.is_anonymous && ctx.settings.email.autoconfirm)) {
    return { letters: await writeEmailChangeLetters(ctx, trx, user, email, request) }
  }
  await replaceEmail(trx, user, email, ctx.clock())
  return {}
}

/** A new number needs no message where sign-ups need none. */
export async function changePhone(
  ctx: AuthContext,
  trx: AuthDatabase,
  id: string,
  phone: string,
  { channel }: Request,
): Promise<ContactMessages> {
  const user = await findUserById(trx, id)
  if (!user) return {}
  if (!ctx.settings.sms.autoconfirm) {
    return { text: await writeText(ctx, trx, user, { kind: 'phone_change', phone, channel }) }
  }
  await replacePhone(trx, user, phone, ctx.clock())
  return {}
}
