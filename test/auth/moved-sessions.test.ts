import { createHash, createHmac, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { createAuthFixture, must } from './auth-fixture.ts'

const auth = useFixture(() => createAuthFixture())
const refresh = (token: string, fixture = auth) =>
  fixture.post('/token?grant_type=refresh_token', { refresh_token: token })

/** A token as GoTrue's second algorithm makes one. */
function longToken(sessionId: string, counter: number, key: Buffer, { version = 0 } = {}): string {
  const digits: number[] = []
  for (let rest = counter; rest > 127; rest = Math.floor(rest / 128)) digits.push((rest % 128) + 128)
  digits.push(Math.floor(counter / 128 ** digits.length))
  const said = Buffer.from([version, ...Buffer.from(sessionId.replaceAll('-', ''), 'hex'), ...digits])
  const signed = Buffer.concat([said, createHmac('sha256', key).update(said).digest().subarray(0, 16)])
  return Buffer.concat([signed, createHash('sha256').update(signed).digest().subarray(0, 4)]).toString('base64url')
}

/** A session as it comes from a GoTrue that gives longer tokens: a key, a counter, and no token stored. */
async function movedSession({ counter = 3, encrypted = false, fixture = auth } = {}) {
  const client = fixture.client()
  const { data } = await client.auth.signInAnonymously()
  const { access_token } = must(data.session)
  const { session_id: id } = JSON.parse(Buffer.from(must(access_token.split('.')[1]), 'base64url').toString())
  const key = randomBytes(32)
  const kept = encrypted
    ? JSON.stringify({ key_id: 'k', alg: 'aes-gcm-hkdf', data: key.toString('base64url'), nonce: 'n' })
    : key.toString('base64url')
  await auth.query('delete from auth.refresh_tokens where session_id = $1', [id])
  await auth.query('update auth.sessions set refresh_token_hmac_key = $2, refresh_token_counter = $3 where id = $1', [
    ...[id, kept, counter],
  ])
  const exists = async () => (await auth.query('select from auth.sessions where id = $1', [id])).length === 1
  return { id: String(id), key, user: must(data.user), exists, tokenOf: (use: number) => longToken(id, use, key) }
}

const refusal = (error_code: string, msg: string) => ({ status: 400, body: { code: 400, error_code, msg } })
const unknown = refusal('refresh_token_not_found', 'Invalid Refresh Token: Refresh Token Not Found')
const used = refusal('refresh_token_already_used', 'Invalid Refresh Token: Already Used')
const noToken = refusal('validation_failed', 'Refresh token is not valid')

describe('a session that came with longer tokens', () => {
  test.each([0, 3, 127, 128, 300, 4_000_000_000])('goes on after %i renewals, through supabase-js', async (counter) => {
    const { tokenOf, user } = await movedSession({ counter })
    const client = auth.client()
    const { data, error } = await client.auth.refreshSession({ refresh_token: tokenOf(counter) })
    expect([error, data.user?.id]).toEqual([null, user.id])
    expect((await client.auth.refreshSession()).error).toBeNull()
  })

  test('answers many at once alike, and ends when the spent token comes back late', async () => {
    const { tokenOf, exists } = await movedSession()
    const answers = await Promise.all(Array.from({ length: 6 }, () => refresh(tokenOf(3))))
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.refresh_token}`)).size).toBe(1)
    expect(answers[0]?.status).toBe(200)
    auth.pass(11)
    expect(await refresh(tokenOf(3))).toEqual(used)
    expect(await exists()).toBe(false)
  })

  test('ends when a token comes that was spent where it came from', async () => {
    const { tokenOf, exists } = await movedSession()
    expect(await refresh(tokenOf(2))).toEqual(used)
    expect(await exists()).toBe(false)
    expect(await refresh(tokenOf(3))).toEqual(unknown)
  })

  test('does not end by that where tokens do not rotate', async () => {
    await using still = auth.beside({ enableRefreshTokenRotation: false })
    const { tokenOf, exists } = await movedSession()
    expect(await refresh(tokenOf(2), still)).toEqual(used)
    expect(await exists()).toBe(true)
    expect((await refresh(tokenOf(3), still)).status).toBe(200)
  })

  test('knows its older tokens no longer once it went on', async () => {
    const { tokenOf, exists } = await movedSession()
    expect((await refresh(tokenOf(3))).status).toBe(200)
    expect(await refresh(tokenOf(2))).toEqual(unknown)
    expect(await exists()).toBe(true)
  })

  test('begins anew where its key is encrypted', async () => {
    const { tokenOf, exists } = await movedSession({ encrypted: true })
    expect(await refresh(tokenOf(3))).toEqual(unknown)
    expect(await exists()).toBe(true)
  })

  test('is ended by nobody who has not its key', async () => {
    const { id, key, tokenOf, exists } = await movedSession()
    const ahead = refusal('validation_failed', 'Invalid Refresh Token: Not Issued By This Server')
    expect(await refresh(tokenOf(4))).toEqual(ahead)
    for (const counter of [0, 3, 4]) expect(await refresh(longToken(id, counter, randomBytes(32)))).toEqual(unknown)
    expect(await refresh(longToken(crypto.randomUUID(), 3, key))).toEqual(unknown)
    expect(await refresh(longToken(id, 3, key, { version: 1 }))).toEqual(noToken)
    const good = tokenOf(3)
    for (let at = 0; at < good.length; at += 7) {
      const spoiled = `${good.slice(0, at)}${good[at] === 'A' ? 'B' : 'A'}${good.slice(at + 1)}`
      expect((await refresh(spoiled)).status).toBe(400)
    }
    for (const text of ['A'.repeat(51), 'A'.repeat(62), `${good}A`, good.slice(1)]) {
      expect(await refresh(text)).toEqual(noToken)
    }
    expect(await exists()).toBe(true)
    expect((await refresh(good)).status).toBe(200)
  })

  test("of an application is of no use to the project's own apps", async () => {
    const { id, tokenOf } = await movedSession()
    const clientId = crypto.randomUUID()
    await auth.query(
      `insert into auth.oauth_clients (id, registration_type, redirect_uris, grant_types, client_type, token_endpoint_auth_method, created_at, updated_at)
       values ($1, 'dynamic', 'https://app.test', 'refresh_token', 'public', 'none', now(), now())`,
      [clientId],
    )
    await auth.query('update auth.sessions set oauth_client_id = $2 where id = $1', [id, clientId])
    expect(await refresh(tokenOf(3))).toEqual(unknown)
  })
})
