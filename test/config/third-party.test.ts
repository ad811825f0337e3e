import { expect, test } from 'vitest'
import { load } from './load.ts'

test.each<readonly [string, string, string, readonly string[]]>([
  ['firebase', 'project_id = "my-project"', 'https://securetoken.google.com/my-project', []],
  ['auth0', 'tenant = "my-tenant"', 'https://my-tenant.auth0.com', []],
  ['auth0', 'tenant = "my-tenant"\ntenant_region = "us"', 'https://my-tenant.us.auth0.com', []],
  [
    'aws_cognito',
    'user_pool_id = "us-east-1_aBcDeFgHi"\nuser_pool_region = "us-east-1"',
    'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_aBcDeFgHi',
    [],
  ],
  ['clerk', 'domain = "example.clerk.accounts.dev"', 'https://example.clerk.accounts.dev', []],
  [
    'workos',
    'issuer_url = "https://api.workos.com/user_management/client_1/"',
    'https://api.workos.com/user_management/client_1',
    ['https://api.workos.com'],
  ],
  ['workos', 'issuer_url = "https://sign-in.example.com/realms/a"', 'https://sign-in.example.com/realms/a', []],
  ['workos', 'issuer_url = "http://127.0.0.1:8080"', 'http://127.0.0.1:8080', []],
])('tokens of %s are those of its issuer (%s)', async (name, keys, url, others) => {
  const { auth, warnings } = await load({ toml: `[auth.third_party.${name}]\nenabled = true\n${keys}\n` })
  const issuers = [url, ...others].flatMap((issuer) => [issuer, `${issuer}/`])
  expect(auth.thirdParty).toEqual({ name, url, issuers })
  expect(warnings).toEqual([])
})

test('there is no third party unless one is enabled', async () => {
  const { auth } = await load({ toml: '[auth.third_party.auth0]\nenabled = false\ntenant = "t"\n' })
  expect(auth.thirdParty).toBeUndefined()
})
