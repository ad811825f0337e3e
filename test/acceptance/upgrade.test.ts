import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { applyBaseline, type Connections } from '#database'
import { connected } from '../database/sql-client.ts'
import { administer, dropByForce } from '../support/administer.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { dataRoot } from '../support/data-root.ts'
import { useDatabase } from '../support/database.ts'
import { baselineOptions } from '../support/platform.ts'

/**
 * What a Portico of commit ccdbf2d (26 November 2026) left of a project that clients had used: pg_dump of its database, and
 * what the clients and its data folder had. Not to be made anew: it stands for the data of users.
 */
const old = (name: string) => readFileSync(new URL(`old-data/${name}`, import.meta.url))
const dump = gunzipSync(old('database.sql.gz')).toString()
const kept = JSON.parse(old('clients.json').toString()) as {
  readonly email: string
  readonly password: string
  readonly user: string
  readonly refreshTokens: readonly [string, string]
  readonly signedPath: string
  readonly files: Readonly<Record<string, string>>
}

const { socketFolder, port } = inject('postgres')
const name = `old_${randomBytes(6).toString('hex')}`
const to = (database: string): Connections => ({
  for: (user) => ({ host: socketFolder, port, user, database }),
})

beforeAll(async () => {
  await administer(to('postgres'), `create database ${name} template template0`)
  // Jobs name the database they are of.
  await administer(to(name), dump, `update cron.job set database = '${name}'`)
})
afterAll(() => dropByForce(to('postgres'), name))

describe('a database of an older Portico, opened by this one', () => {
  let data: string
  let backend: TestApp
  beforeAll(async () => {
    data = mkdtempSync(join(dataRoot(), 'portico-old-'))
    for (const [path, content] of Object.entries(kept.files)) {
      mkdirSync(dirname(join(data, path)), { recursive: true })
      writeFileSync(join(data, path), content)
    }
    backend = await createTestApp({
      dbUrl: `postgresql:///${name}?host=${encodeURIComponent(socketFolder)}&port=${port}&user=supabase_admin`,
      data,
      files: {
        'supabase/config.toml':
          'project_id = "two"\n[functions.nowhere]\nverify_jwt = false\n[auth.mfa.totp]\nenroll_enabled = true\nverify_enabled = true\n',
        'supabase/functions/nowhere/index.ts': `Deno.serve(async (request) => {
          const { record } = await request.json()
          const key = Deno.env.get('SUPABASE_SERVICE_ROLE_KEY')
          const headers = { apikey: key, authorization: 'Bearer ' + key, 'content-type': 'application/json' }
          const body = JSON.stringify({ what: 'late: ' + record.body })
          return await fetch(Deno.env.get('SUPABASE_URL') + '/rest/v1/sunk', { method: 'POST', headers, body })
        })`,
      },
    })
  })
  afterAll(async () => {
    await backend?.close()
    rmSync(data, { recursive: true, force: true })
  })
  const ask = async (sql: string) =>
    await connected(to(name), 'postgres', async (client) => (await client.query<Record<string, unknown>>(sql)).rows)

  test('sessions go on, and passwords and factors are good', async () => {
    for (const refresh_token of kept.refreshTokens) {
      const client = backend.client()
      const { data, error } = await client.auth.refreshSession({ refresh_token })
      expect([error, data.user?.id]).toEqual([null, kept.user])
    }
    const client = backend.client()
    const { error } = await client.auth.signInWithPassword(kept)
    expect(error).toBeNull()
    expect((await client.auth.mfa.listFactors()).data?.all).toMatchObject([{ factor_type: 'totp' }])
  })

  test('rows are read and written by both APIs, as whom they belong to', async () => {
    const client = backend.client()
    await client.auth.signInWithPassword(kept)
    const { data: rows } = await client.from('notes').select('body').order('id').limit(3)
    expect(rows).toEqual([{ body: 'public one' }, { body: 'private two' }, { body: 'is dead' }])
    const written = 'mutation { insertIntonotesCollection(objects: [{ body: "new" }]) { records { owner } } }'
    expect(await backend.graphql(written, {}, client)).toMatchObject({
      data: { insertIntonotesCollection: { records: [{ owner: kept.user }] } },
    })
    expect((await backend.client().from('notes').select('body')).data).toEqual([{ body: 'public one' }])
  })

  test('objects are there, and their signed URLs lead to them', async () => {
    expect(await (await fetch(backend.app.url + kept.signedPath)).text()).toBe('hello old world')
    const client = backend.client()
    await client.auth.signInWithPassword(kept)
    const { data: listed } = await client.storage.from('files').list(kept.user)
    expect(listed).toMatchObject([{ name: 'a.txt', metadata: { size: 15 } }])
    const again = await client.storage.from('files').upload(`${kept.user}/a.txt`, 'new', { upsert: true })
    expect(again.error).toBeNull()
  })

  test('an event that waited is delivered, and jobs, queues, requests and secrets go on', async () => {
    const written = async (sql: string) => Number((await ask(sql))[0]?.count)
    await expect
      .poll(() => written(`select count(*) from sunk where what = 'late: is dead'`), { timeout: 60_000 })
      // At least once: on a machine that is busy enough, an attempt is given up while it still arrives.
      .toBeGreaterThan(0)
    await expect.poll(() => written('select count(*) from ticks'), { timeout: 60_000 }).toBeGreaterThan(0)
    expect(await ask(`select message from pgmq.pop('jobs')`)).toEqual([{ message: { n: 1 } }])
    expect(await ask('select decrypted_secret as secret from vault.decrypted_secrets')).toEqual([
      { secret: 's3cret-value' },
    ])
    const [{ id } = {}] = await ask(`select net.http_get('http://127.0.0.1:54321/auth/v1/health') as id`)
    await expect
      .poll(() => ask(`select status_code as status from net._http_response where id = ${id}`), { timeout: 60_000 })
      .toEqual([{ status: 200 }])
  })

  test('another start finds nothing to do', async () => {
    const before = await ask('select count(*)::int, max(applied_at) as last from portico.baseline')
    await applyBaseline(to(name), baselineOptions)
    expect(await ask('select count(*)::int, max(applied_at) as last from portico.baseline')).toEqual(before)
  })
})

describe('its schema is that of a new database', () => {
  const fresh = useDatabase()

  /** Of the schemas that both have; extensions are plain SQL in the old one, which was on a server of one's own. */
  const shapes: readonly [what: string, sql: string][] = [
    [
      'columns',
      `select format('%s.%s %s %s %s', a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
        pg_get_expr(d.adbin, d.adrelid))
      from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on (d.adrelid, d.adnum) = (c.oid, a.attnum)
      where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v') and c.relnamespace::regnamespace::text = any($1)`,
    ],
    [
      'constraints',
      `select format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) from pg_constraint
      where connamespace::regnamespace::text = any($1) and conrelid <> 0 and contype <> 'n'`,
    ],
    ['indexes', 'select indexdef from pg_indexes where schemaname = any($1)'],
    [
      'functions',
      `select format('%s %s %s %s %s', p.oid::regprocedure, p.proowner::regrole, p.prosecdef, p.proconfig, md5(p.prosrc))
      from pg_proc p where p.pronamespace::regnamespace::text = any($1)`,
    ],
    [
      'rights to functions',
      `select format('%s %s', p.oid::regprocedure, a.acl) from pg_proc p cross join lateral (
        select array_agg(x::text order by x::text) as acl from unnest(p.proacl) x) a
      where p.pronamespace::regnamespace::text = any($1)`,
    ],
    [
      'rights to tables',
      `select format('%s %s %s %s', c.oid::regclass, c.relowner::regrole, c.relrowsecurity, a.acl)
      from pg_class c cross join lateral (select array_agg(x::text order by x::text) as acl from unnest(c.relacl) x) a
      where c.relkind in ('r', 'p', 'v') and c.relnamespace::regnamespace::text = any($1)`,
    ],
    [
      'triggers',
      `select pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = t.tgrelid
      where not t.tgisinternal and c.relnamespace::regnamespace::text = any($1) and t.tgname <> 'on_auth_user_created'`,
    ],
    [
      'event triggers',
      `select format('%s %s %s %s', evtname, evtevent, evtenabled, evttags) from pg_event_trigger, (select $1) _`,
    ],
    [
      'policies',
      `select format('%s.%s %s %s %s %s', schemaname, tablename, policyname, cmd, qual, with_check) from pg_policies
      where schemaname = any($1) and policyname <> 'files_all'`,
    ],
  ]

  test.each(shapes)('%s', async (_, sql) => {
    const schemas = [
      'auth',
      'storage',
      'realtime',
      'portico',
      'supabase_functions',
      'supabase_migrations',
      'graphql_public',
      'net',
      'vault',
    ]
    await applyBaseline(to(name), baselineOptions)
    const shapeOf = async (connections: Connections) =>
      await connected(connections, 'supabase_admin', async (client) => {
        await client.query("set search_path = ''")
        const { rows } = await client.query<[string]>({ text: sql, values: [schemas], rowMode: 'array' })
        // Postgres 15, where the old one was, does not know the right to maintain.
        return rows.map(([line]) => line.replaceAll('Dxtm', 'Dxt')).sort()
      })
    expect(await shapeOf(to(name))).toEqual(await shapeOf(fresh.connections))
  })
})
