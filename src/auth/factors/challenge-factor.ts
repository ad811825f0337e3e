import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { SignedIn } from '../account/index.ts'
import { recordEvent } from '../audit/index.ts'
import { assertDue } from '../codes/index.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import type { JsonObject } from '../json.ts'
import { randomDigits } from '../random.ts'
import { type Channel, deliverText } from '../sms/index.ts'
import { authenticationOptions, registrationOptions } from '../webauthn/index.ts'
import { assertVerifiable, type Factor, requireFactor } from './factor.ts'
import { readCredential } from './web-authn-credential.ts'

/** Milliseconds in which a challenge is to be answered. */
export const challengeLifetime = 300_000

/** Begins a verification of a factor: sends a code to a phone, or asks an authenticator. */
export async function challengeFactor(
  ctx: AuthContext,
  { user }: SignedIn,
  { factorId, channel }: { readonly factorId: string; readonly channel: Channel },
  client: ClientInfo,
) {
  const factor = await requireFactor(ctx.db, user.id, factorId)
  assertVerifiable(ctx, factor.factor_type)
  const now = ctx.clock()
  const { phone } = ctx.settings.factors
  if (factor.factor_type === 'phone') {
    assertDue('over_sms_send_rate_limit', factor.last_challenged_at, phone.interval, now)
  }
  const code = factor.factor_type === 'phone' ? randomDigits(phone.otpLength) : undefined
  const webauthn = factor.factor_type === 'webauthn' ? await askAuthenticator(ctx, user, factor) : undefined
  const id = await ctx.db.transaction().execute(async (trx) => {
    const traits = { factor_id: factor.id, factor_status: factor.status }
    await recordEvent(trx, { action: 'challenge_created', actor: user, client, traits }, now)
    return await storeChallenge(trx, factor, { code, session: webauthn?.session, ip: client.ip }, now)
  })
  if (code && factor.phone) {
    const message = { phone: factor.phone, text: phone.render(code), code, channel }
    await deliverText(ctx, { purpose: 'mfa', user, token: undefined, message }, client)
  }
  return {
    id,
    type: factor.factor_type,
    expires_at: Math.floor((now.getTime() + challengeLifetime) / 1000),
    ...(webauthn && { webauthn: { type: webauthn.type, credential_options: { publicKey: webauthn.options } } }),
  }
}

/** The first time a key is made, and from then on its possession proven. */
async function askAuthenticator({ db, settings }: AuthContext, user: SignedIn['user'], factor: Factor) {
  const { relyingParty } = settings
  const own = readCredential(factor)
  if (own) {
    const options = await authenticationOptions(relyingParty, [own])
    return { type: 'request', options, session: { challenge: options.challenge } } as const
  }
  const others = await db.selectFrom('auth.mfa_factors').selectAll().where('user_id', '=', user.id).execute()
  const known = others.flatMap((other) => readCredential(other)?.id ?? [])
  const options = await registrationOptions(relyingParty, user, { purpose: 'factor', known })
  return { type: 'create', options, session: { challenge: options.challenge } } as const
}

interface NewChallenge {
  readonly code: string | undefined
  readonly session: JsonObject | undefined
  readonly ip: string | null
}

async function storeChallenge(
  trx: AuthDatabase,
  factor: Factor,
  { code, session, ip }: NewChallenge,
  now: Date,
): Promise<string> {
  const id = randomUUID()
  await trx
    .insertInto('auth.mfa_challenges')
    .values({
      id,
      factor_id: factor.id,
      created_at: now,
      ip_address: ip ?? unknownAddress,
      otp_code: code ?? '',
      web_authn_session_data: session ? JSON.stringify(session) : null,
    })
    .execute()
  // The column is unique, and milliseconds are not.
  const at = sql<Date>`${now}::timestamptz + random() * interval '999 microseconds'`
  await trx.updateTable('auth.mfa_factors').set({ last_challenged_at: at }).where('id', '=', factor.id).execute()
  return id
}

/** What stands for the address of a caller who has none, in a column that needs one. */
export const unknownAddress = '0.0.0.0'
