import { createPrivateKey, type KeyObject } from 'node:crypto'
import { certificateOf } from './certificate.ts'

/** `[auth.saml]` in this room's own terms. */
export interface SamlSettings {
  readonly enabled: boolean
  /** Base64 of a PKCS #1 RSA key. */
  readonly privateKey: string
  /** The one that takes its place soon; empty where there is none. */
  readonly privateKeyNext: string
  readonly allowEncryptedAssertions: boolean
  /** Seconds in which a user has to come back. */
  readonly relayStateValidity: number
  /** Where identity providers and browsers reach Auth, without a trailing slash. */
  readonly externalUrl: string
}

/** What this service is to identity providers. */
export interface ServiceProvider {
  readonly entityId: string
  /** Where browsers bring assertions (Assertion Consumer Service). */
  readonly acsUrl: string
  readonly allowEncryptedAssertions: boolean
  readonly current: KeyPair
  readonly next: KeyPair | undefined
}

interface KeyPair {
  readonly privateKey: KeyObject
  /** Base64 of its DER. */
  readonly certificate: string
}

export function openServiceProvider(settings: SamlSettings): ServiceProvider {
  const { externalUrl, privateKey, privateKeyNext, allowEncryptedAssertions } = settings
  const host = new URL(externalUrl).hostname.replace(/^\[(.*)\]$/, '$1')
  const pair = (key: string): KeyPair => {
    const der = { key: Buffer.from(key, 'base64'), format: 'der', type: 'pkcs1' } as const
    const opened = createPrivateKey(der)
    const certificate = certificateOf(opened, host, { encipherment: allowEncryptedAssertions })
    return { privateKey: opened, certificate: certificate.toString('base64') }
  }
  return {
    entityId: `${externalUrl}/sso/saml/metadata`,
    acsUrl: `${externalUrl}/sso/saml/acs`,
    allowEncryptedAssertions,
    current: pair(privateKey),
    next: privateKeyNext === '' ? undefined : pair(privateKeyNext),
  }
}

/** The keys that open what an identity provider encrypted, which may not have seen yet that they changed. */
export function decryptionKeysOf({ allowEncryptedAssertions, current, next }: ServiceProvider): readonly KeyObject[] {
  if (!allowEncryptedAssertions) return []
  return [current.privateKey, ...(next ? [next.privateKey] : [])]
}
