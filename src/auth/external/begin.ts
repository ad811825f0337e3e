import { randomBytes } from 'node:crypto'
import { AuthError, type AuthErrorCode } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { isCustomProvider, requireCustomProvider } from '../custom-providers/index.ts'
import { beginExternalFlow, type Challenge } from '../pkce/index.ts'
import { isKnownProvider, type Provider } from '../providers/index.ts'

export interface ExternalRequest {
  readonly provider: string
  readonly scopes: readonly string[]
  /** What else the provider is to be told: `prompt`, `hd`, `login_hint` … */
  readonly extra: Readonly<Record<string, string>>
  /** Where the user ends up; already checked. */
  readonly redirectTo: string
  readonly challenge: Challenge | undefined
  readonly inviteToken: string
  /** The user to whom the identity is to be added; undefined for signing in. */
  readonly linkingTarget: string | undefined
}

/** Begins a sign-in at another service, and answers where the browser has to go. */
export async function beginExternal(ctx: AuthContext, request: ExternalRequest): Promise<URL> {
  const provider = await requireProvider(ctx, request.provider)
  await assertInvited(ctx, request.inviteToken)
  const verifier = randomBytes(32).toString('base64url')
  const { redirectTo, challenge, inviteToken, linkingTarget, scopes, extra } = request
  const { emailOptional } = provider.settings
  const flow = { provider: provider.name, verifier, redirectTo, challenge, inviteToken, linkingTarget, emailOptional }
  const state = await ctx.db.transaction().execute((trx) => beginExternalFlow(trx, flow, ctx.clock()))
  return await provider.authorizationUrl({ state, verifier, scopes, extra }).catch((cause: unknown) => {
    ctx.observe({
      kind: 'message',
      level: 'warn',
      text: `the provider ${provider.name} could not be reached`,
      error: cause,
    })
    throw new AuthError(500, 'unexpected_failure', 'The provider cannot be reached', { cause })
  })
}

/** The provider of a name, or GoTrue's error for one that is not enabled. */
export async function requireProvider(
  ctx: AuthContext,
  name: string,
  customCode: AuthErrorCode = 'validation_failed',
): Promise<Provider> {
  const wanted = name.toLowerCase()
  if (isCustomProvider(wanted)) return await requireCustomProvider(ctx, wanted, customCode)
  const provider = ctx.providers.get(wanted)
  if (provider) return provider
  const reason = isKnownProvider(wanted)
    ? 'provider is not enabled'
    : `Provider ${name.slice(0, 100)} could not be found`
  throw new AuthError(400, 'validation_failed', `Unsupported provider: ${reason}`)
}

async function assertInvited({ db }: AuthContext, token: string): Promise<void> {
  if (token === '') return
  const invited = await db
    .selectFrom('auth.one_time_tokens')
    .select('id')
    .where('token_hash', '=', token)
    .where('token_type', '=', 'confirmation_token')
    .executeTakeFirst()
  if (!invited) throw new AuthError(404, 'user_not_found', 'User identified by token not found')
}
