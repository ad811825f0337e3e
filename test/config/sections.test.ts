import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Config } from '#config'
import { load } from './load.ts'

const stock = await readFile(new URL('../golden/config/stock.toml', import.meta.url), 'utf8')

/** What does not depend on where the project is. */
function comparable({ project, dataFolder: _, projectId: __, ...rest }: Config): unknown {
  return JSON.parse(JSON.stringify(rest).replaceAll(project.root, 'PROJECT'))
}

describe('the sections', () => {
  it('have the defaults of the golden file', async () => {
    const text = `${JSON.stringify(comparable(await load()), null, 2)}\n`
    await expect(text).toMatchFileSnapshot('../golden/config/defaults.json')
  })

  it('are the same with every default written out, and nothing is warned of', async () => {
    const written = await load({ toml: stock })
    expect(written.warnings).toEqual([])
    expect(comparable(written)).toEqual(comparable(await load()))
  })

  it('are the same with any part of the defaults written out', async () => {
    const defaults = comparable(await load())
    const lines = stock.split('\n')
    const keys = lines.flatMap((line, index) => (/^\w+ = /.test(line) ? [index] : []))
    await fc.assert(
      fc.asyncProperty(fc.subarray(keys), async (left) => {
        const toml = lines.filter((_, index) => !left.includes(index)).join('\n')
        expect(comparable(await load({ toml }))).toEqual(defaults)
      }),
      { numRuns: 40 },
    )
  })

  it('are frozen all the way down', async () => {
    const config = await load({ toml: '[storage.buckets.photos]\npublic = true' })
    const open: string[] = []
    const visit = (value: unknown, path: string) => {
      if (typeof value !== 'object' || value === null) return
      if (!Object.isFrozen(value)) open.push(path)
      for (const [key, child] of Object.entries(value)) visit(child, `${path}.${key}`)
    }
    visit(config, 'config')
    expect(open).toEqual([])
  })

  it('take durations in seconds, sizes in bytes and paths from where the CLI does', async () => {
    const toml = `
      [db]
      health_timeout = "1h30m"
      [db.seed]
      sql_paths = ["./seeds/*.sql", "/elsewhere/seed.sql"]
      [storage]
      file_size_limit = "5MB"
      [storage.buckets."my photos"]
      public = true
      objects_path = "./photos"
      [storage.buckets.small]
      file_size_limit = "100KB"
      allowed_mime_types = ["image/png"]
      [functions.resize]
      verify_jwt = false
      import_map = "./functions/import_map.json"
      entrypoint = "./functions/resize/main.ts"
      static_files = ["./functions/resize/*.html"]
      [edge_runtime.secrets]
      api_key = "abc"
      [auth.email]
      max_frequency = "1.5s"
      [auth.email.template.invite]
      subject = "Come in"
      content_path = "./supabase/templates/invite.html"
      [auth.email.notification.password_changed]
      enabled = true
      content_path = "./templates/changed.html"
      [auth.email.notification.email_changed]
      content_path = "./templates/not-there.html"`
    const files = {
      'supabase/templates/invite.html': '<p>Come</p>',
      'supabase/templates/changed.html': '<p>Changed</p>',
    }
    const { db, storage, functions, edgeRuntime, auth, project } = await load({ toml, files })
    expect(db.healthTimeout).toBe(5400)
    expect(db.seed.sqlPaths).toEqual([`${project.supabase}/seeds/*.sql`, '/elsewhere/seed.sql'])
    expect(storage.fileSizeLimit).toBe(5 * 1024 * 1024)
    expect(storage.buckets).toEqual({
      'my photos': {
        ...{ public: true, fileSizeLimit: 5 * 1024 * 1024, allowedMimeTypes: [] },
        objectsPath: `${project.supabase}/photos`,
      },
      small: { public: false, fileSizeLimit: 100 * 1024, allowedMimeTypes: ['image/png'], objectsPath: undefined },
    })
    expect(functions).toEqual({
      resize: {
        ...{ enabled: true, verifyJwt: false, env: {}, allowedHosts: [] },
        entrypoint: `${project.functions}/resize/main.ts`,
        importMap: `${project.functions}/import_map.json`,
        staticFiles: [`${project.functions}/resize/*.html`],
      },
    })
    expect(edgeRuntime.secrets).toEqual({ API_KEY: 'abc' })
    expect(auth.email.maxFrequency).toBe(1.5)
    expect(auth.email.template.invite).toMatchObject({ subject: 'Come in', content: '<p>Come</p>' })
    expect(auth.email.notification.password_changed?.content).toBe('<p>Changed</p>')
    expect(auth.email.notification.email_changed?.content).toBeUndefined()
  })

  it.each([
    ['a number in quotes', '[api]\nport = "8000"', (c: Config) => c.api.port, 8000],
    ['a boolean in quotes', '[auth]\nenable_signup = "false"', (c: Config) => c.auth.enableSignup, false],
    ['a list in one string', '[api]\nschemas = "public,app"', (c: Config) => c.api.schemas, ['public', 'app']],
    ['a number for a string', '[auth.sms.test_otp]\n415 = 123', (c: Config) => c.auth.sms.testOtp['415'], '123'],
    ['a number of bytes', '[storage]\nfile_size_limit = 1024', (c: Config) => c.storage.fileSizeLimit, 1024],
    ['a number of nanoseconds', '[db]\nhealth_timeout = 2000000000', (c: Config) => c.db.healthTimeout, 2],
    ['the old name of local_smtp', '[inbucket]\nport = 9000', (c: Config) => c.inbucket.port, 9000],
    [
      'both names of local_smtp',
      '[inbucket]\nport = 9000\n[local_smtp]\nport = 9001',
      (c: Config) => c.inbucket.port,
      9001,
    ],
    [
      'a deprecated provider',
      '[auth.external.slack]\nenabled = true',
      (c: Config) => c.auth.external.slack?.enabled,
      false,
    ],
    [
      'an empty text as none',
      '[auth]\njwt_issuer = ""',
      (c: Config) => c.auth.jwtIssuer,
      'http://127.0.0.1:54321/auth/v1',
    ],
    ['an issuer', '[auth]\njwt_issuer = "https://me"', (c: Config) => c.auth.jwtIssuer, 'https://me'],
    [
      'an external URL',
      '[api]\nexternal_url = "https://api.example.com/"',
      (c: Config) => [c.http.externalUrl, c.auth.externalUrl],
      ['https://api.example.com', 'https://api.example.com/auth/v1'],
    ],
    [
      'a function named like a property of every object',
      '[functions.constructor]\nverify_jwt = false',
      (c: Config) => Object.entries(c.functions).map(([name, { verifyJwt }]) => [name, verifyJwt]),
      [['constructor', false]],
    ],
  ])('take %s', async (_, toml, pick, expected) => {
    expect(pick(await load({ toml }))).toEqual(expected)
  })

  it('name the project after its folder, and mend an id that cannot be one', async () => {
    const unnamed = await load()
    expect(unnamed.project.root.endsWith(unnamed.projectId)).toBe(true)
    const mended = await load({ toml: 'project_id = "_my app!"' })
    expect(mended.projectId).toBe('my_app_')
    expect(mended.warnings).toEqual([
      'project_id "_my app!" has characters that an id may not have: it is read as my_app_',
    ])
  })

  it('apply a remote only when it is selected', async () => {
    const toml = `
      [auth]
      site_url = "http://localhost:1000"
      [remotes.staging]
      project_id = "abcdefghijklmnopqrst"
      [remotes.staging.auth]
      site_url = "https://staging.example.com"`
    const base = await load({ toml })
    expect(base.remotes).toEqual({ staging: { projectId: 'abcdefghijklmnopqrst' } })
    expect([base.auth.siteUrl, base.db.seed.enabled]).toEqual(['http://localhost:1000', true])
    const selected = await load({ toml, env: { SUPABASE_PROJECT_ID: 'abcdefghijklmnopqrst' } })
    expect([selected.auth.siteUrl, selected.db.seed.enabled]).toEqual(['https://staging.example.com', false])
  })
})
