import { errorMessage } from '#errors'
import type { Observe } from '#observe'

export interface ManagedCheckOptions {
  readonly url: string
  /** Asks for a path there with the publishable key. */
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>
  /** Whether the gateway was given the secret that tokens may be signed with. */
  readonly hasSecret: boolean
  readonly observe: Observe
}

/** Where the keys that verify tokens are published. */
export const publishedKeys = '/auth/v1/.well-known/jwks.json'

/**
 * Looks once, when requests are answered already, whether what SUPABASE_URL names is what it should be, and warns of what
 * would else be found by the first who signs in. A Supabase that is away may come back, so nothing fails.
 */
export async function checkServices({ url, ask, hasSecret, observe }: ManagedCheckOptions): Promise<void> {
  const warn = (text: string) => observe({ kind: 'message', level: 'warn', text })
  const look = async (path: string) => {
    const response = await ask(path, { signal: AbortSignal.timeout(10_000) })
    return { status: response.status, said: objectOf(await response.json().catch(() => undefined)) }
  }
  try {
    const { status, said } = await look('/auth/v1/settings')
    if (status === 401 || status === 403) {
      return warn(`${url} does not take the publishable key: ${said?.message ?? said?.msg ?? status}`)
    }
    if (said === undefined || status === 404)
      return warn(`${url} has no Auth below /auth/v1, as Supabase has (${status})`)
    if (hasSecret) return
    const { keys } = (await look(publishedKeys)).said ?? {}
    if (Array.isArray(keys) && keys.length > 0) return
    warn(`${url} signs tokens with a shared secret; without SUPABASE_JWT_SECRET nobody's can be verified`)
  } catch (error) {
    const { cause } = error as { cause?: unknown }
    warn(`${url} does not answer: ${errorMessage(cause ?? error)}`)
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
}
