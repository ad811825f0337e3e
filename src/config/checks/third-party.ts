import { isLoopback } from '../address.ts'
import type { Sections } from '../sections/index.ts'
import type { Complain } from './rule.ts'

/** Each part of an address that a key makes, as its service writes it: nothing that would lead to another address. */
const rules: readonly {
  readonly name: keyof ThirdParties
  readonly key: string
  readonly fits: (value: string) => boolean
  readonly expected: string
}[] = [
  rule('firebase', 'projectId', /^[\w.:-]+$/, 'a Firebase project like "my-project"'),
  rule('auth0', 'tenant', /^[a-z0-9-]+$/i, 'an Auth0 tenant like "my-tenant"'),
  rule('auth0', 'tenantRegion', /^[a-z0-9-]*$/i, 'a region of Auth0 like "us"'),
  rule('awsCognito', 'userPoolId', /^[\w-]+$/, 'a user pool like "us-east-1_aBcDeFgHi"'),
  rule('awsCognito', 'userPoolRegion', /^[a-z0-9-]+$/, 'a region like "us-east-1"'),
  rule(
    'clerk',
    'domain',
    /^(clerk([.][a-z0-9-]+){2,}|([a-z0-9-]+[.])+clerk[.]accounts[.]dev)$/,
    'a domain like "clerk.example.com" or "example.clerk.accounts.dev"',
  ),
  { name: 'workos', key: 'issuerUrl', fits: isIssuer, expected: "an https:// URL without query: the tokens' issuer" },
]

type ThirdParties = Sections['auth']['thirdParty']

export function checkThirdParty(thirdParty: ThirdParties, complain: Complain): void {
  const at = (name: string, key: string) => ['auth', 'thirdParty', name, key]
  for (const { name, key, fits, expected } of rules) {
    const { enabled, ...settings } = thirdParty[name]
    const value = (settings as Readonly<Record<string, string | undefined>>)[key] ?? ''
    if (enabled && !fits(value)) complain(at(name, key), expected)
  }
  const enabled = Object.entries(thirdParty).flatMap(([name, provider]) => (provider.enabled ? [name] : []))
  for (const name of enabled.slice(1)) {
    complain(at(name, 'enabled'), 'false, since only one third-party provider may be enabled')
  }
}

function rule(name: keyof ThirdParties, key: string, pattern: RegExp, expected: string) {
  return { name, key, fits: (value: string) => pattern.test(value), expected }
}

function isIssuer(value: string): boolean {
  const url = URL.parse(value)
  if (url?.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}
