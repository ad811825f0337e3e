import { expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { createAuthFixture, must, password, withFactors } from './auth-fixture.ts'

const auth = useFixture(() =>
  createAuthFixture({
    ...withFactors,
    sessions: { timebox: 7 * 24 * 3600, inactivityTimeout: 0, singlePerUser: false },
  }),
)

const hours = (n: number) => auth.pass(n * 3600)
const counts = async () => {
  const [row] = await auth.query<Record<string, number>>(`select
    (select count(*)::int from auth.refresh_tokens where revoked) as spent,
    (select count(*)::int from auth.refresh_tokens where not revoked) as tokens,
    (select count(*)::int from auth.sessions) as sessions,
    (select count(*)::int from auth.mfa_factors) as factors,
    (select count(*)::int from auth.mfa_challenges) as challenges,
    (select count(*)::int from auth.flow_state) as flows`)
  return row
}

test('what nobody can use any more is forgotten a day later, and nothing else', async () => {
  const client = auth.client()
  await client.auth.signUp({ email: 'ada@example.com', password })
  const first = must((await client.auth.getSession()).data.session).refresh_token
  hours(1)
  must((await client.auth.refreshSession()).data.session)
  const factor = must((await client.auth.mfa.enroll({ factorType: 'totp' })).data)
  must((await client.auth.mfa.challenge({ factorId: factor.id })).data)
  await auth.client({ flowType: 'pkce' }).auth.resetPasswordForEmail('ada@example.com')
  const all = { spent: 1, tokens: 1, sessions: 1, factors: 1, challenges: 1, flows: 1 }
  expect(await counts()).toEqual(all)

  hours(23)
  await auth.service.tidy()
  expect(await counts()).toEqual(all)

  hours(2)
  await auth.service.tidy()
  expect(await counts()).toEqual({ spent: 0, tokens: 1, sessions: 1, factors: 0, challenges: 0, flows: 0 })
  // The first token is refused as any that never was, and the session goes on.
  expect(await auth.post('/token?grant_type=refresh_token', { refresh_token: first })).toMatchObject({
    status: 400,
    body: { error_code: 'refresh_token_not_found' },
  })
  expect((await client.auth.refreshSession()).error).toBeNull()

  hours(7 * 24)
  await auth.service.tidy()
  expect(await counts()).toEqual({ spent: 0, tokens: 0, sessions: 0, factors: 0, challenges: 0, flows: 0 })
})
