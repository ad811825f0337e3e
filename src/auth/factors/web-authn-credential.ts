import type { JsonObject } from '../json.ts'
import type { Credential } from '../webauthn/index.ts'
import type { Factor } from './factor.ts'

/**
 * A factor's key as GoTrue stores it, whose library writes bytes in base64
 * (https://pkg.go.dev/github.com/go-webauthn/webauthn/webauthn#Credential), so that data moves either way.
 */
export function writeCredential(credential: Credential): string {
  const { id, publicKey, transports, signCount, aaguid, backupEligible, backedUp } = credential
  return JSON.stringify({
    id: Buffer.from(id, 'base64url').toString('base64'),
    publicKey: Buffer.from(publicKey).toString('base64'),
    attestationType: 'none',
    transport: transports,
    flags: { userPresent: true, userVerified: false, backupEligible, backupState: backedUp },
    authenticator: {
      AAGUID: Buffer.from(aaguid.replaceAll('-', ''), 'hex').toString('base64'),
      signCount,
      cloneWarning: false,
      attachment: '',
    },
  })
}

/** The key of a factor that was verified; undefined before. */
export function readCredential(factor: Pick<Factor, 'web_authn_credential'>): Credential | undefined {
  const stored = factor.web_authn_credential as
    | (JsonObject & { readonly authenticator?: { readonly signCount?: number; readonly AAGUID?: string } })
    | null
  if (!stored) return undefined
  const flags = (stored.flags ?? {}) as { readonly backupEligible?: boolean; readonly backupState?: boolean }
  return {
    id: Buffer.from(String(stored.id), 'base64').toString('base64url'),
    publicKey: Uint8Array.from(Buffer.from(String(stored.publicKey), 'base64')),
    signCount: stored.authenticator?.signCount ?? 0,
    transports: Array.isArray(stored.transport) ? stored.transport.map(String) : [],
    aaguid: Buffer.from(stored.authenticator?.AAGUID ?? '', 'base64').toString('hex'),
    backupEligible: flags.backupEligible ?? false,
    backedUp: flags.backupState ?? false,
  }
}
