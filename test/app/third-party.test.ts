import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createFront } from '../support/front.ts'
import { signAs, signingKey, startThirdParty, type ThirdPartyServer } from '../support/third-party.ts'

/** Users of Firebase, Auth0 and the like have names of any form. */
const ada = 'auth0|ada-5f7c8ec7c33c6c004bbafe82'
const key = signingKey('third')
const filesOf = (issuer: string) => ({
  'supabase/config.toml': `
    project_id = "third-party"
    [auth.third_party.workos]
    enabled = true
    issuer_url = "${issuer}"
    [functions.keys]
    verify_jwt = false`,
  'supabase/migrations/20260101000000_notes.sql': `
    create table public.note (id bigint primary key generated always as identity,
      owner text not null default (auth.jwt() ->> 'sub'), body text);
    alter table public.note enable row level security;
    create policy own on public.note to authenticated using (owner = (select auth.jwt() ->> 'sub'));
    alter publication supabase_realtime add table public.note;
    insert into storage.buckets (id, name) values ('files', 'files');
    create policy own on storage.objects to authenticated
      using (owner_id = (select auth.jwt() ->> 'sub')) with check (bucket_id = 'files');
    create policy own on realtime.messages to authenticated
      using (realtime.topic() = 'user:' || (select auth.jwt() ->> 'sub'));`,
  'supabase/functions/who/index.ts': `
    Deno.serve((request) => Response.json(JSON.parse(atob(request.headers.get('authorization').split('.')[1])).sub))`,
  'supabase/functions/keys/index.ts': `
    Deno.serve(() => Response.json(JSON.parse(Deno.env.get('SUPABASE_JWKS')).keys.map(({ kid }) => kid)))`,
})

let thirdParty: ThirdPartyServer
let backend: TestApp
beforeAll(async () => {
  thirdParty = await startThirdParty(key)
  backend = await createTestApp({ files: filesOf(thirdParty.issuer) })
})
afterAll(async () => {
  await backend?.close()
  await thirdParty?.[Symbol.asyncDispose]()
})

const tokenOf = (sub: string, claims: object = { role: 'authenticated' }) => thirdParty.token({ sub, ...claims }, key)

/** As an app makes one whose users sign in elsewhere. */
function clientOf(token: string, { app } = backend): SupabaseClient {
  const { keys, managed } = app.config
  return createClient(app.url, managed?.publishableKey ?? keys.publishableKey, { accessToken: async () => token })
}

async function ask(token: string, query: string, { app } = backend) {
  const { keys, managed } = app.config
  const response = await fetch(`${app.url}/graphql/v1`, {
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/json', apikey: managed?.publishableKey ?? keys.publishableKey },
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ query }),
  })
  return { status: response.status, body: (await response.json()) as ReturnType<typeof JSON.parse> }
}

describe('whoever signed in at the third party', () => {
  test('has rows of their own, by the Data API and by GraphQL', async () => {
    const [mine, other] = [clientOf(await tokenOf(ada)), clientOf(await tokenOf('bob'))]
    expect((await mine.from('note').insert({ body: 'of ada' })).error).toBeNull()
    expect((await mine.from('note').select('owner, body')).data).toEqual([{ owner: ada, body: 'of ada' }])
    expect((await other.from('note').select()).data).toEqual([])
    const query = '{ noteCollection { edges { node { owner body } } } }'
    const edges = [{ node: { owner: ada, body: 'of ada' } }]
    expect((await ask(await tokenOf(ada), query)).body).toEqual({ data: { noteCollection: { edges } } })
    expect((await ask(await tokenOf('bob'), query)).body).toEqual({ data: { noteCollection: { edges: [] } } })
  })

  test('has files of their own', async () => {
    const [mine, other] = [clientOf(await tokenOf(ada)), clientOf(await tokenOf('bob'))]
    expect((await mine.storage.from('files').upload('a.txt', new Blob(['a']))).error).toBeNull()
    expect(await (await mine.storage.from('files').download('a.txt')).data?.text()).toBe('a')
    expect((await other.storage.from('files').download('a.txt')).data).toBeNull()
  })

  test('calls functions that want a token, and these have the keys to look at it themselves', async () => {
    const mine = clientOf(await tokenOf(ada))
    expect((await mine.functions.invoke('who')).data).toBe(ada)
    expect((await mine.functions.invoke('keys')).data).toEqual([key.kid])
  })

  test('has a private channel, and hears of their own rows', async () => {
    const mine = clientOf(await tokenOf(ada))
    await mine.realtime.setAuth()
    const heard: unknown[] = []
    await new Promise<void>((resolve, reject) => {
      mine
        .channel(`user:${ada}`, { config: { private: true } })
        .on('postgres_changes', { event: 'INSERT', schema: 'public', table: 'note' }, ({ new: row }) => {
          heard.push(row.body)
        })
        .on('system', {}, ({ status, message }: { status: string; message: string }) =>
          status === 'ok' ? resolve() : reject(new Error(message)),
        )
        .subscribe((_status, error) => error && reject(error))
    })
    await clientOf(await tokenOf('bob'))
      .from('note')
      .insert({ body: 'of bob' })
    await mine.from('note').insert({ body: 'heard' })
    await expect.poll(() => heard).toEqual(['heard'])
    await mine.removeAllChannels()
    await mine.realtime.disconnect()
  })

  test('is nobody in particular without a role, and what the role says with one', async () => {
    const query = '{ __type(name: "note") { name } noteCollection { edges { node { id } } } }'
    const { body } = await ask(await tokenOf(ada, {}), query)
    expect(body.data.noteCollection.edges).toEqual([])
    expect(
      (
        await clientOf(await tokenOf(ada, {}))
          .from('note')
          .insert({ body: 'x' })
      ).error?.code,
    ).toBe('42501')
    const all = await clientOf(await tokenOf(ada, { role: 'service_role' }))
      .from('note')
      .select('owner')
    expect(new Set(all.data?.map(({ owner }) => owner))).toEqual(new Set([ada, 'bob']))
  })

  test('is unknown to Auth, whose users these are not', async () => {
    const token = await tokenOf(ada, { role: 'service_role' })
    const apikey = backend.app.config.keys.publishableKey
    for (const path of ['/user', '/admin/users']) {
      const response = await fetch(`${backend.app.url}/auth/v1${path}`, {
        headers: { apikey, authorization: `Bearer ${token}` },
      })
      expect([response.status, await response.json()]).toEqual([
        403,
        expect.objectContaining({ error_code: 'bad_jwt', msg: expect.stringContaining('invalid JWT') }),
      ])
    }
    expect((await ask(token, '{ viewer { id } }')).body).toMatchObject({
      errors: [{ extensions: { code: 'bad_jwt' } }],
    })
  })
})

test('the same token by another issuer, or by a stranger, is nobody anywhere', async () => {
  const claims = { sub: ada, role: 'authenticated' }
  const forged = await Promise.all([
    signAs(key, { ...claims, iss: 'https://securetoken.google.com/another-project' }),
    thirdParty.token(claims, signingKey(key.kid)),
  ])
  const { url, config } = backend.app
  for (const token of forged) {
    const headers = { apikey: config.keys.publishableKey, authorization: `Bearer ${token}` }
    const answers = await Promise.all([
      fetch(`${url}/rest/v1/note`, { headers }),
      fetch(`${url}/storage/v1/object/authenticated/files/a.txt`, { headers }),
      fetch(`${url}/functions/v1/who`, { headers }),
      fetch(`${url}/auth/v1/user`, { headers }),
    ])
    expect([...answers.map(({ status }) => status), (await ask(token, '{ __typename }')).status]).toEqual([
      401, 400, 401, 403, 401,
    ])
    const mine = clientOf(token)
    await mine.realtime.setAuth()
    const refusal = await new Promise<string>((resolve) => {
      mine.channel('any').subscribe((status, error) => error && resolve(`${status} ${error.message}`))
    })
    expect(refusal).toContain('CHANNEL_ERROR')
    await mine.removeAllChannels()
    await mine.realtime.disconnect()
  }
})

test('a gateway in front of a project elsewhere takes both: the tokens of the project and of its third party', async () => {
  const front = await createFront(backend, backend.app.databaseUrl ?? '', { files: filesOf(thirdParty.issuer) })
  try {
    const query = '{ noteCollection { edges { node { owner } } } }'
    const { body } = await ask(await tokenOf(ada), query, front)
    expect(body.data.noteCollection.edges[0]).toEqual({ node: { owner: ada } })
    expect(
      (
        await clientOf(await tokenOf(ada), front)
          .from('note')
          .select('owner')
          .limit(1)
      ).data,
    ).toEqual([{ owner: ada }])
    const known = front.client()
    await known.auth.signUp({ email: 'kim@example.com', password: 'correct horse battery' })
    expect((await front.graphql(query, {}, known)).data).toEqual({ noteCollection: { edges: [] } })
    const forged = await thirdParty.token({ sub: ada, role: 'authenticated' }, signingKey(key.kid))
    expect((await ask(forged, query, front)).status).toBe(401)
    // A role that a gateway may not take on is as forbidden as in the project's own tokens.
    expect((await ask(await tokenOf(ada, { role: 'postgres' }), query, front)).status).toBe(403)
  } finally {
    await front.close()
  }
})

test('a third party that cannot be asked is told at the start, and keeps nobody else out', async () => {
  await using silent = await startThirdParty(key)
  silent.publish((_request, response) => void response.writeHead(503).end())
  let warn: (text: string) => void = () => {}
  const warned = new Promise<string>((resolve) => {
    warn = resolve
  })
  const other = await createTestApp({
    files: filesOf(silent.issuer),
    observe: (seen) => {
      if (seen.kind === 'message' && seen.text.includes('third_party')) warn(seen.text)
    },
  })
  try {
    expect(await warned).toBe(
      `The keys of [auth.third_party.workos] cannot be had yet: ${silent.issuer}/.well-known/openid-configuration answered 503`,
    )
    const token = await silent.token({ sub: ada, role: 'authenticated' }, key)
    expect(await ask(token, '{ __typename }', other)).toMatchObject({
      status: 503,
      body: { code: 'NOT_READY' },
    })
    expect((await other.graphql('{ noteCollection { edges { node { id } } } }')).errors).toBeUndefined()
  } finally {
    await other.close()
  }
})
