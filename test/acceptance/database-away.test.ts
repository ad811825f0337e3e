import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isPorticoError } from '#errors'
import { administer } from '../support/administer.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { type Cable, layCable } from '../support/cable.ts'
import { freePort } from '../support/free-port.ts'
import { createFront, databaseUrl, superuser } from '../support/front.ts'

let managed: TestApp
beforeAll(async () => {
  managed = await createTestApp({
    files: {
      'supabase/migrations/20260101000000_notes.sql':
        'create table public.note (id int primary key); insert into public.note values (1); grant select on public.note to anon;',
    },
  })
  await administer(
    superuser(managed),
    "create role stranger login password 'strange'",
    "create role half login password 'half'",
    'grant anon to half',
    'create database elsewhere',
  )
})
afterAll(() => managed?.close())

/** The same login somewhere else. */
function moved(url: string, change: (url: URL) => void): string {
  const to = new URL(url)
  change(to)
  return to.href
}

describe('a gateway does not start', () => {
  test.each<readonly [string, () => Promise<string> | string, string, RegExp]>([
    [
      'without its database',
      async () => {
        const port = String(await freePort())
        return moved(databaseUrl(managed, 'authenticator'), (url) =>
          Object.assign(url, { hostname: 'localhost', port }),
        )
      },
      'DATABASE_UNREACHABLE',
      /^The database at localhost:\d+ cannot be reached: connect ECONNREFUSED/,
    ],
    [
      'with another password',
      () => databaseUrl(managed, 'authenticator', 'guess'),
      'DATABASE_UNREACHABLE',
      /cannot be reached: password authentication failed for user "authenticator"$/,
    ],
    [
      'with a database that is not there',
      () => moved(databaseUrl(managed, 'authenticator'), (url) => Object.assign(url, { pathname: '/nowhere' })),
      'DATABASE_UNREACHABLE',
      /cannot be reached: database "nowhere" does not exist$/,
    ],
    [
      'with a login that is nobody',
      () => databaseUrl(managed, 'stranger', 'strange'),
      'CONFIG_INVALID',
      /^DATABASE_URL: the role stranger may not become anon, authenticated, service_role\. Let it: grant anon, authenticated, service_role to stranger$/,
    ],
    [
      'with a login that may not become them all',
      () => databaseUrl(managed, 'half', 'half'),
      'CONFIG_INVALID',
      /may not become authenticated, service_role\./,
    ],
  ])('%s', async (_name, url, code, message) => {
    const error = await createFront(managed, await url()).catch((thrown: unknown) => thrown)
    expect(isPorticoError(error) && { code: error.code, message: error.message }).toEqual({
      code,
      message: expect.stringMatching(message),
    })
    expect(String(error)).not.toMatch(/guess|strange'|password=/)
  })

  test('with roles that are not there', async () => {
    const env = { PORTICO_ROLES: 'anon,reviewer' }
    await expect(createFront(managed, databaseUrl(managed, 'authenticator'), { env })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: "DATABASE_URL: the database has no role reviewer, so it is not a Supabase's.",
    })
  })
})

describe('when the database goes away', () => {
  let cable: Cable
  let front: TestApp
  const health = async () => (await fetch(`${front.app.url}/health`)).status
  const notes = (as = front.client()) => front.graphql('{ noteCollection { edges { node { id } } } }', {}, as)
  const found = { data: { noteCollection: { edges: [{ node: { id: 1 } }] } } }

  beforeAll(async () => {
    const url = databaseUrl(managed, 'authenticator')
    const { hostname, port } = new URL(url)
    cable = await layCable({ host: hostname, port: Number(port) })
    front = await createFront(
      managed,
      moved(url, (to) => Object.assign(to, { port: String(cable.port) })),
    )
  })
  afterAll(async () => {
    await front?.close()
    await cable?.cut()
  })

  test('requests are told so, and go on when it is back', async () => {
    expect([await health(), await notes()]).toEqual([200, found])
    const signedIn = front.client()
    await signedIn.auth.signUp({ email: 'away@example.com', password: 'correct horse' })

    await cable.cut()
    expect(await health()).toBe(503)
    expect(await notes()).toMatchObject({ errors: [{ extensions: { code: 'NOT_READY' } }] })
    // One whose schema was never built cannot be told what there is, either.
    expect(await notes(signedIn)).toMatchObject({ errors: [{ extensions: { code: 'NOT_READY' } }] })
    // What needs no database is there.
    expect((await signedIn.auth.getUser()).data.user?.email).toBe('away@example.com')

    await administer(superuser(managed), 'alter table public.note add column body text')
    await cable.mend()
    expect([await health(), await notes()]).toEqual([200, found])
    const withBody = () => front.graphql('{ noteCollection { edges { node { id body } } } }')
    await expect.poll(async () => (await withBody()).errors).toBeUndefined()
  })

  test('what was under way ends at once', async () => {
    await administer(
      superuser(managed),
      'create function public.slow() returns int language sql as $$ select pg_sleep(3600); select 1 $$',
    )
    const slow = () => front.graphql('mutation { slow }')
    const known = async () =>
      (await front.graphql('{ __type(name: "Mutation") { fields { name } } }')).data.__type.fields
    await expect.poll(async () => JSON.stringify(await known())).toContain('"slow"')
    const [, answer] = await Promise.all([
      // It has begun when the server says so.
      running('slow').then(() => cable.cut()),
      slow(),
    ])
    expect(answer).toMatchObject({ errors: [{ extensions: { code: 'NOT_READY' } }] })
    await cable.mend()
    expect(await notes()).toEqual(found)
  })

  async function running(text: string): Promise<void> {
    const busy = "select pid from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() and query like "
    await expect.poll(() => count(`${busy}'%${text}%'`)).toBeGreaterThan(0)
  }

  async function count(query: string): Promise<number> {
    const { default: pg } = await import('pg')
    const client = new pg.Client(superuser(managed).for('supabase_admin'))
    await client.connect()
    const { rowCount } = await client.query(query)
    await client.end()
    return rowCount ?? 0
  }
})
