import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'

const secret = 'v1,whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI='

/** An edge function that decides who may sign up, and checks who asks. */
const gate = `
import { Webhook } from 'npm:standardwebhooks@1.0.0'

Deno.serve(async (request) => {
  const body = await request.text()
  const { user, metadata } = new Webhook('${secret.slice(3)}').verify(body, Object.fromEntries(request.headers))
  const refused = user.email.endsWith('@example.org')
  return Response.json(refused ? { error: { http_code: 403, message: 'not from ' + metadata.ip_address } } : {})
})
`

let app: TestApp
beforeAll(async () => {
  app = await createTestApp({
    files: {
      'supabase/config.toml': `
        project_id = "gate"
        [inbucket]
        enabled = false
        [auth]
        [auth.rate_limit]
        token_refresh = 2
        sign_in_sign_ups = 1000
        [auth.hook.before_user_created]
        enabled = true
        uri = "http://kong:8000/functions/v1/gate"
        secrets = "${secret}"
        [functions.gate]
        verify_jwt = false`,
      'supabase/functions/gate/index.ts': gate,
    },
    env: { PORTICO_TRUSTED_PROXIES: '127.0.0.0/8, 10.0.0.0/8' },
  })
})
afterAll(() => app.close())

const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
  const { url, config } = app.app
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', apikey: config.keys.publishableKey, ...headers },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: await response.json() }
}

const password = 'correct horse battery'

test('a hook may be an edge function of the project, which learns where the request came from', async () => {
  const headers = { 'x-forwarded-for': '198.51.100.7, 203.0.113.7, 10.0.0.3' }
  expect(await post('/auth/v1/signup', { email: 'a@example.org', password }, headers)).toMatchObject({
    status: 403,
    body: { msg: 'not from 203.0.113.7' },
  })
  expect((await post('/auth/v1/signup', { email: 'a@example.com', password }, headers)).status).toBe(200)
})

describe('whose requests are counted', () => {
  const refresh = (headers: Record<string, string>) =>
    post('/auth/v1/token?grant_type=refresh_token', { refresh_token: 'none' }, headers)

  test('those of the address before the trusted proxies, whatever a client claims', async () => {
    const statuses = []
    for (const claim of ['1.1.1.1', '2.2.2.2', 'nonsense']) {
      statuses.push((await refresh({ 'x-forwarded-for': `${claim}, 203.0.113.20, 10.9.9.9` })).status)
    }
    expect(statuses).toEqual([400, 400, 429])
    expect((await refresh({ 'x-forwarded-for': '203.0.113.21' })).status).toBe(400)
  })

  test('those of whom a server with the secret key speaks for, and nobody else may say so', async () => {
    const { secretKey } = app.app.config.keys
    const forwarded = { 'sb-forwarded-for': '203.0.113.30' }
    const own = { 'x-forwarded-for': '203.0.113.31' }
    for (const status of [400, 400, 429]) {
      expect((await refresh({ ...own, ...forwarded, apikey: secretKey })).status).toBe(status)
    }
    for (const status of [400, 400, 429]) expect((await refresh({ ...own, ...forwarded })).status).toBe(status)
  })

  test('GraphQL is no way around', async () => {
    const query = 'mutation { refreshSession(refreshToken: "none") { session { accessToken } } }'
    const headers = { 'x-forwarded-for': '203.0.113.40' }
    const codes = []
    for (let request = 0; request < 3; request += 1) {
      const { body } = await post('/graphql/v1', { query }, headers)
      codes.push(body.errors[0].extensions.code)
    }
    expect(codes[2]).toBe('over_request_rate_limit')
    expect(codes.slice(0, 2)).not.toContain('over_request_rate_limit')
  })
})
