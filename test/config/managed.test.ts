import { describe, expect, it } from 'vitest'
import { failure, load, type Situation } from './load.ts'

const complete = {
  SUPABASE_URL: 'https://abcdefghijklmnopqrst.supabase.co/',
  SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_1',
  SUPABASE_SECRET_KEY: 'sb_secret_1',
  DATABASE_URL: 'postgresql://app:pw@db.example.com:6543/postgres?sslmode=require',
}

describe('managed mode', () => {
  it('is asked for by the environment', async () => {
    const { managed, database, keys, rolesAllowed, warnings } = await load({ env: complete })
    expect(managed).toEqual({
      url: 'https://abcdefghijklmnopqrst.supabase.co',
      publishableKey: 'sb_publishable_1',
      secretKey: 'sb_secret_1',
      jwtSecret: undefined,
    })
    expect(database).toEqual({ kind: 'external', url: complete.DATABASE_URL })
    expect(rolesAllowed).toEqual(['anon', 'authenticated', 'service_role'])
    expect(keys).toMatchObject({
      publishableKey: 'sb_publishable_1',
      secretKey: 'sb_secret_1',
      anonKey: 'sb_publishable_1',
    })
    expect(keys.jwtSecret.length).toBeGreaterThan(40)
    expect(warnings).toEqual([])
  })

  it('takes legacy keys and the shared secret, from .env too', async () => {
    const { SUPABASE_URL, DATABASE_URL } = complete
    const files = {
      '.env':
        'SUPABASE_ANON_KEY=a.b.c\nSUPABASE_SERVICE_ROLE_KEY=d.e.f\nSUPABASE_JWT_SECRET=the-shared-secret-of-that-project',
    }
    const { managed, keys } = await load({ files, env: { SUPABASE_URL, DATABASE_URL, PORTICO_ROLES: 'anon, editor' } })
    expect(managed).toMatchObject({
      publishableKey: 'a.b.c',
      secretKey: 'd.e.f',
      jwtSecret: 'the-shared-secret-of-that-project',
    })
    expect(keys).toMatchObject({
      anonKey: 'a.b.c',
      serviceRoleKey: 'd.e.f',
      jwtSecret: 'the-shared-secret-of-that-project',
    })
  })

  it('takes its roles from PORTICO_ROLES', async () => {
    expect((await load({ env: { ...complete, PORTICO_ROLES: 'anon, editor' } })).rolesAllowed).toEqual([
      'anon',
      'editor',
    ])
    expect((await load({ env: { PORTICO_ROLES: 'anon' } })).rolesAllowed).toEqual(['anon'])
    expect((await load()).rolesAllowed).toBeUndefined()
  })

  const { SUPABASE_URL: _, ...withoutUrl } = complete
  const { DATABASE_URL: __, ...withoutDatabase } = complete
  it.each([
    ['SUPABASE_URL alone', { env: { SUPABASE_URL: complete.SUPABASE_URL } }, []],
    ['DATABASE_URL and keys', { env: withoutUrl }, []],
    [
      'SUPABASE_URL and keys',
      { env: withoutDatabase },
      ['SUPABASE_URL is set without DATABASE_URL: the embedded services run; managed mode needs both'],
    ],
    [
      "an app's .env",
      {
        files: {
          '.env': Object.entries(complete)
            .map(([name, value]) => `${name}=${value}`)
            .join('\n'),
        },
      },
      [],
    ],
  ] satisfies [string, Situation, string[]][])('is not asked for by %s', async (_, situation, warnings) => {
    const config = await load(situation)
    expect(config.managed).toBeUndefined()
    expect(config.database).toEqual({ kind: 'embedded', port: 54322 })
    expect(config.warnings).toEqual(warnings)
  })

  it('warns of plain http to another machine', async () => {
    const { warnings } = await load({ env: { ...complete, SUPABASE_URL: 'http://supabase.internal:8000' } })
    expect(warnings).toEqual([
      'SUPABASE_URL (http://supabase.internal:8000) is not https: keys and tokens cross the network unprotected',
    ])
    expect((await load({ env: { ...complete, SUPABASE_URL: 'http://127.0.0.1:54321' } })).warnings).toEqual([])
  })

  it.each<readonly [what: string, url: string, warned: boolean]>([
    ['another machine', 'postgresql://app:pw@db.example.com/postgres', true],
    ['another machine, encrypted', 'postgresql://app:pw@db.example.com/postgres?sslmode=require', false],
    ['another machine, by choice', 'postgresql://app:pw@db.example.com/postgres?sslmode=disable', false],
    ['this machine', 'postgresql://app:pw@127.0.0.1:5432/postgres', false],
    ['a socket', 'postgresql://app@localhost/postgres?host=/run/postgresql', false],
  ])('warns of rows in plain text: %s', async (_, url, warned) => {
    const { warnings } = await load({ env: { ...complete, DATABASE_URL: url } })
    const warning =
      'DATABASE_URL (db.example.com) names no sslmode: rows cross the network unprotected; ?sslmode=require encrypts'
    expect(warnings).toEqual(warned ? [warning] : [])
  })

  it.each(['p@ss:w/rd', 'w?rd', 'w#rd', '1/w@rd', '1?w', '1#w'])(
    'takes no password %s that is not encoded',
    async (password) => {
      const DATABASE_URL = `postgresql://app:${password}@db.example.com:5432/postgres?sslmode=require`
      const message = await failure({ env: { ...complete, DATABASE_URL } })
      expect(message).toMatch(/^CONFIG_INVALID DATABASE_URL: expected a URL .* of the password as %40 %2F %3F %23 %25$/)
      const encoded = DATABASE_URL.replace(password, encodeURIComponent(password))
      expect((await load({ env: { ...complete, DATABASE_URL: encoded } })).database).toMatchObject({ url: encoded })
    },
  )

  it.each([
    [
      'keys',
      { env: { SUPABASE_URL: complete.SUPABASE_URL, DATABASE_URL: complete.DATABASE_URL } },
      `CONFIG_INVALID 2 mistakes:
  SUPABASE_PUBLISHABLE_KEY: expected it or SUPABASE_ANON_KEY to be set, since SUPABASE_URL and DATABASE_URL ask for managed mode
  SUPABASE_SECRET_KEY: expected it or SUPABASE_SERVICE_ROLE_KEY to be set, since SUPABASE_URL and DATABASE_URL ask for managed mode`,
    ],
    [
      'a URL that is none',
      { env: { ...complete, SUPABASE_URL: 'abcdefghijklmnopqrst' } },
      'CONFIG_INVALID SUPABASE_URL is "abcdefghijklmnopqrst", expected an https:// URL like "https://abcdefghijklmnopqrst.supabase.co"',
    ],
    [
      'a URL with a password',
      { env: { ...complete, SUPABASE_URL: 'https://me:hunter2@api.example.com' } },
      'CONFIG_INVALID SUPABASE_URL: expected a URL without user and password',
    ],
    [
      'a database that is none',
      { env: { ...complete, DATABASE_URL: 'mysql://root:hunter2@db' } },
      'CONFIG_INVALID DATABASE_URL: expected a URL like "postgresql://user:password@host:5432/database", with @ / ? # and % of the password as %40 %2F %3F %23 %25',
    ],
    [
      'two databases',
      { env: complete, dbUrl: 'postgresql://localhost/postgres' },
      'CONFIG_INVALID --db-url: expected no --db-url beside SUPABASE_URL and DATABASE_URL, which ask for managed mode',
    ],
    [
      'public keys that are no secret ones',
      {
        env: {
          ...complete,
          SUPABASE_PUBLISHABLE_KEY: 'sb_secret_1',
          SUPABASE_ANON_KEY: 'e30.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.x',
        },
      },
      `CONFIG_INVALID 2 mistakes:
  SUPABASE_PUBLISHABLE_KEY: expected a key that everyone may see, and not a secret one
  SUPABASE_ANON_KEY: expected a key that everyone may see, and not a secret one`,
    ],
    [
      "another machine's development secret",
      {
        production: true,
        env: { ...complete, SUPABASE_JWT_SECRET: 'super-secret-jwt-token-with-at-least-32-characters-long' },
      },
      expect.stringMatching(/^SECRETS_REFUSED SUPABASE_JWT_SECRET: /),
    ],
  ] satisfies [string, Situation, unknown][])('needs %s to be right', async (_, situation, message) => {
    expect(await failure(situation)).toEqual(message)
  })
})
