import type { Observe } from '#observe'
import { AuthError } from '../auth-error.ts'
import type { Clock } from '../clock.ts'
import type { PublicNetwork } from '../custom-providers/index.ts'
import { type IdentityProvider, readIdentityProvider, SamlError } from '../saml/index.ts'
import { invalid } from './provider-request.ts'

/** What identity providers publish of themselves, and where. */
export interface SsoMetadata {
  /** Throws GoTrue's error where it cannot be had. */
  fetch(url: string): Promise<string>
  /** The same for one that is known already: undefined where it cannot be had, or was asked for within the last minute. */
  refetch(url: string): Promise<string | undefined>
}

/** Milliseconds. */
const patience = 10_000
/** Whoever brings assertions must not make this service ask for ever. */
const pause = 60_000

export function createSsoMetadata(network: PublicNetwork, clock: Clock, observe: Observe): SsoMetadata {
  const asked = new Map<string, number>()

  async function fetch(url: string): Promise<string> {
    const failed = (reason: string, cause?: unknown) =>
      new AuthError(400, 'saml_metadata_fetch_failed', `${reason} fetching SAML Metadata from URL '${url}'`, { cause })
    const headers = { accept: 'application/xml;charset=UTF-8' }
    const signal = AbortSignal.timeout(patience)
    const response = await network.fetch(url, { headers, signal, redirect: 'error' }).catch((cause: unknown) => {
      throw cause instanceof AuthError ? cause : failed('Error', cause)
    })
    if (response.status !== 200) throw failed(`HTTP ${response.status} error`)
    return decode(Buffer.from(await response.arrayBuffer()))
  }

  return {
    fetch,
    async refetch(url) {
      const now = clock().getTime()
      if (now - (asked.get(url) ?? Number.NEGATIVE_INFINITY) < pause) return undefined
      asked.set(url, now)
      return await fetch(url).catch((error: unknown) => {
        const text = 'SAML Metadata could not be retrieved, continuing with existing metadata'
        observe({ kind: 'message', level: 'warn', text, error })
        return undefined
      })
    },
  }
}

/** Reads metadata that an administrator gives, or throws the error for what is none. */
export async function readMetadata(xml: string): Promise<IdentityProvider> {
  try {
    return await readIdentityProvider(xml)
  } catch (error) {
    if (!(error instanceof SamlError)) throw error
    throw invalid(error.message.startsWith('SAML') ? error.message : `SAML Metadata is not valid: ${error.message}`)
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    const reason = 'contains invalid UTF-8 characters, which are not supported at this time'
    throw invalid(`SAML Metadata XML ${reason}`)
  }
}
