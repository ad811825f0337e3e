import { createPrivateKey } from 'node:crypto'
import type { Sections } from '../sections/index.ts'
import { type Complain, requireKeys } from './rule.ts'

/** What single sign-on needs, as GoTrue demands it (internal/conf/saml.go). */
export function checkSaml(saml: Sections['auth']['saml'], complain: Complain): void {
  if (!saml.enabled) return
  const at = ['auth', 'saml']
  requireKeys(complain, at, saml, { privateKey: 'base64 of an RSA key in PKCS #1 (DER)' })
  for (const name of ['privateKey', 'privateKeyNext'] as const) {
    const key = saml[name] ?? ''
    if (key !== '' && !isStrongKey(key)) {
      complain([...at, name], 'base64 of an RSA key in PKCS #1 (DER) of at least 2048 bits, with the exponent 65537')
    }
  }
  if (saml.externalUrl !== undefined && !/^https?:$/.test(protocolOf(saml.externalUrl))) {
    complain([...at, 'externalUrl'], 'a URL like "https://example.com/auth/v1"')
  }
}

function isStrongKey(base64: string): boolean {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return false
  try {
    const key = createPrivateKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'pkcs1' })
    const { modulusLength = 0, publicExponent } = key.asymmetricKeyDetails ?? {}
    return modulusLength >= 2048 && publicExponent === 65_537n
  } catch {
    return false
  }
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : ''
}
