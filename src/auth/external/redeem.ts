import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { takeVerifier } from '../pkce/index.ts'
import type { Provider, ProviderAnswer } from '../providers/index.ts'
import { type Flow, used } from './flow.ts'

/** Exchanges the code that the browser brings back for what the provider tells of who it is. */
export async function redeem(
  ctx: AuthContext,
  provider: Provider,
  flow: Flow,
  parameters: URLSearchParams,
): Promise<ProviderAnswer> {
  const error = parameters.get('error')
  if (error) {
    const description = parameters.get('error_description') ?? ''
    throw new AuthError(400, 'bad_oauth_callback', description, { oauth: error })
  }
  if (!parameters.get('code')) {
    throw new AuthError(400, 'bad_oauth_callback', 'OAuth callback with missing authorization code missing')
  }
  const verifier = await takeVerifier(ctx.db, flow.oauth_client_state_id)
  if (verifier === undefined) throw used()
  return await provider.redeem({ parameters, state: flow.id, verifier }).catch((cause: unknown) => {
    ctx.observe({
      kind: 'message',
      level: 'warn',
      text: `a code of ${provider.name} could not be redeemed`,
      error: cause,
    })
    throw new AuthError(500, 'unexpected_failure', 'Unable to exchange external code', { cause })
  })
}
