import { AuthError, type AuthErrorCode } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { isJsonObject } from '../json.ts'
import type { Provider } from '../providers/index.ts'
import { type CustomProvider, findCustomProvider, issuerOf } from './manage-providers.ts'
import { openProvider } from './open-provider.ts'

/** Whether a name is one of a provider that an administrator added, or may add. */
export function isCustomProvider(name: string): boolean {
  return name.startsWith('custom:')
}

/** The provider of a name, ready to be asked, or GoTrue's error for one that nobody can sign in with (external.go). */
export async function requireCustomProvider(ctx: AuthContext, name: string, code: AuthErrorCode): Promise<Provider> {
  const unsupported = (reason: string, cause?: unknown) =>
    new AuthError(400, code, `Unsupported provider: ${reason}`, { cause })
  const shown = name.slice(0, 100)
  const provider = await findCustomProvider(ctx.db, name)
  if (!provider) throw unsupported(`custom provider ${shown} not found`)
  if (!provider.enabled) throw unsupported(`custom provider ${shown} is disabled`)
  if (isEncrypted(provider)) throw unsupported(`error decrypting client secret for provider ${shown}`)
  if (provider.provider_type === 'oidc') {
    await ctx.discovery.documentOf(issuerOf(provider)).catch((cause: unknown) => {
      const text = `the provider ${shown} could not be reached`
      ctx.observe({ kind: 'message', level: 'warn', text, error: cause })
      throw unsupported('error creating OIDC provider', cause)
    })
  }
  return openProvider(ctx, provider)
}

/** The provider whose ID tokens a native app brings, or GoTrue's error (token_oidc.go). */
export async function requireIdTokenProvider(ctx: AuthContext, name: string): Promise<Provider> {
  const shown = JSON.stringify(name.slice(0, 100))
  const provider = await findCustomProvider(ctx.db, name)
  if (!provider) throw new AuthError(400, 'validation_failed', `Custom provider ${shown} not found`)
  if (!provider.enabled) throw new AuthError(400, 'provider_disabled', `Custom provider ${shown} is disabled`)
  if (provider.provider_type !== 'oidc') {
    throw new AuthError(400, 'validation_failed', `Provider ${shown} is not an OIDC provider`)
  }
  return openProvider(ctx, provider)
}

/** A hosted project may have encrypted it with a key of its own, which is not here. */
function isEncrypted({ client_secret: secret }: CustomProvider): boolean {
  if (!secret.startsWith('{')) return false
  try {
    const sealed: unknown = JSON.parse(secret)
    return isJsonObject(sealed) && ['key_id', 'alg', 'data', 'nonce'].every((field) => Object.hasOwn(sealed, field))
  } catch {
    return false
  }
}
