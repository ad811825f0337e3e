import { generateKeyPairSync } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import { decodeProtectedHeader, type JWK } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Observation } from '#observe'
import { portico } from '../cli/portico.ts'
import { createTestApp, type TestApp } from '../support/app.ts'

function key(kid: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = (half: typeof privateKey) => ({ ...half.export({ format: 'jwk' }), kid, alg: 'ES256' }) as JWK
  return { all: jwk(privateKey), standby: { ...jwk(privateKey), key_ops: ['verify'] }, previous: jwk(publicKey) }
}
const [first, second] = [key('first'), key('second')]

let app: TestApp
let told: (text: string) => void = () => {}
beforeAll(async () => {
  app = await createTestApp({
    files: {
      'supabase/config.toml': `
        project_id = "signing-keys"
        [inbucket]
        enabled = false
        [auth]
        signing_keys_path = "./keys.json"`,
      'supabase/keys.json': JSON.stringify([first.all]),
      'supabase/migrations/20260101000000_mine.sql': `
        create table public.mine (id uuid primary key default auth.uid());
        alter table public.mine enable row level security;
        create policy own on public.mine to authenticated using (id = (select auth.uid()));`,
    },
    observe: (seen: Observation) => {
      if (seen.kind === 'message' && seen.text.includes('signing keys')) told(seen.text)
    },
  })
})
afterAll(() => app?.close())

/** Puts a file in the place of the other, as platforms do, and waits until it was looked at. */
async function put(content: string): Promise<string> {
  const seen = new Promise<string>((resolve) => {
    told = resolve
  })
  const path = join(app.app.config.project.supabase, 'keys.json')
  writeFileSync(`${path}.new`, content)
  renameSync(`${path}.new`, path)
  return await seen
}

async function published(): Promise<string[]> {
  const response = await fetch(`${app.app.url}/auth/v1/.well-known/jwks.json`)
  const { keys } = (await response.json()) as { keys: JWK[] }
  expect(JSON.stringify(keys)).not.toContain('"d"')
  return keys.map(({ kid }) => String(kid))
}

test('a key is rotated from standby to in use to previous, and sessions go on', async () => {
  const client = app.client()
  const { data } = await client.auth.signUp({ email: 'kim@example.com', password: 'correct horse battery' })
  const old = String(data.session?.access_token)
  expect(decodeProtectedHeader(old).kid).toBe('first')
  /** Whether Auth, the Data API, GraphQL and Storage take the token. */
  const accepted = async (token: string) => {
    const headers = { authorization: `Bearer ${token}`, apikey: app.app.config.keys.publishableKey }
    const json = { ...headers, 'content-type': 'application/json' }
    const body = JSON.stringify({ query: '{ __typename }' })
    const answers = await Promise.all([
      fetch(`${app.app.url}/auth/v1/user`, { headers }),
      fetch(`${app.app.url}/rest/v1/mine`, { headers }),
      fetch(`${app.app.url}/graphql/v1`, { method: 'POST', headers: json, body }),
      fetch(`${app.app.url}/storage/v1/bucket`, { headers }),
    ])
    return answers.map(({ ok }) => ok)
  }
  const all = [true, true, true, true]
  expect(await accepted(old)).toEqual(all)

  await put(JSON.stringify([first.all, second.standby]))
  expect(await published()).toEqual(['first', 'second'])
  const { data: still } = await client.auth.refreshSession()
  expect(decodeProtectedHeader(String(still.session?.access_token)).kid).toBe('first')

  await put(JSON.stringify([second.all, first.previous]))
  expect(await published()).toEqual(['second', 'first'])
  const { data: renewed, error } = await client.auth.refreshSession()
  expect(error).toBeNull()
  const young = String(renewed.session?.access_token)
  expect(decodeProtectedHeader(young).kid).toBe('second')
  expect([await accepted(old), await accepted(young)]).toEqual([all, all])

  const spoiled = await put(`["${second.all.d}`)
  expect(spoiled).toContain('cannot be used')
  expect(spoiled).not.toContain(String(second.all.d).slice(0, 8))
  expect(await put(JSON.stringify([first.previous]))).toContain('none of the keys may sign')
  expect([await accepted(old), await accepted(young)]).toEqual([all, all])

  await put(JSON.stringify([second.all]))
  expect(await published()).toEqual(['second'])
  expect(await accepted(young)).toEqual(all)
  expect(await accepted(old)).not.toContain(true)
  expect((await client.auth.refreshSession()).error).toBeNull()
  // The API keys were signed by a key that is gone; clients hold them still.
  const { anonKey, serviceRoleKey } = app.app.config.keys
  expect((await createClient(app.app.url, anonKey).from('mine').select()).error).toBeNull()
  expect((await createClient(app.app.url, serviceRoleKey).auth.admin.listUsers()).error).toBeNull()
})

test.each(['ES256', 'RS256'])('a key that `gen signing-key` prints for %s signs what every door takes', async (alg) => {
  const { stdout } = await portico(['gen', 'signing-key', '--algorithm', alg])
  const [{ kid }] = JSON.parse(stdout)
  await put(stdout)
  const client = app.client()
  const credentials = { email: `${alg}@example.com`, password: 'correct horse battery' }
  const { data } = await client.auth.signUp(credentials)
  expect(decodeProtectedHeader(String(data.session?.access_token))).toMatchObject({ alg, kid })
  expect((await client.from('mine').insert({})).error).toBeNull()
  expect((await client.from('mine').select()).data).toEqual([{ id: data.user?.id }])
})
