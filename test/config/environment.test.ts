import { describe, expect, it } from 'vitest'
import { load, type Situation } from './load.ts'

const toml = '[auth]\nsite_url = "env(SITE)"'

describe('the environment', () => {
  it.each([
    ['env() from the process', { env: { SITE: 'http://process' } }, 'http://process'],
    ['env() from .env', { files: { '.env': 'SITE=http://dotenv' } }, 'http://dotenv'],
    [
      '.env.local before .env',
      { files: { '.env': 'SITE=http://dotenv', '.env.local': 'SITE=http://local' } },
      'http://local',
    ],
    [
      'supabase/.env before the project folder',
      { files: { 'supabase/.env': 'SITE="http://nested" # why', '.env.local': 'SITE=http://local' } },
      'http://nested',
    ],
    [
      'the process before every file',
      { env: { SITE: 'http://process' }, files: { 'supabase/.env.local': 'SITE=http://local' } },
      'http://process',
    ],
    [
      'the file of the mode before the general one',
      {
        files: {
          '.env.development': 'SITE=http://dev',
          '.env.production': 'SITE=http://prod',
          '.env': 'SITE=http://x',
        },
      },
      'http://dev',
    ],
    [
      'the file of production in production',
      { production: true, files: { '.env.development': 'SITE=http://dev', '.env.production': 'SITE=http://prod' } },
      'http://prod',
    ],
    [
      'the file that SUPABASE_ENV names',
      {
        env: { SUPABASE_ENV: 'preview' },
        files: { '.env.preview': 'SITE=http://preview', '.env.local': 'SITE=http://l' },
      },
      'http://l',
    ],
    ['the default where the variable is not set', {}, 'http://127.0.0.1:3000'],
    ['the default where the variable is empty', { env: { SITE: '' } }, 'http://127.0.0.1:3000'],
    ['an override of the file', { env: { SITE: 'http://a', SUPABASE_AUTH_SITE_URL: 'http://over' } }, 'http://over'],
    ['an override in .env', { files: { 'supabase/.env': 'SUPABASE_AUTH_SITE_URL=http://over' } }, 'http://over'],
  ] satisfies [string, Situation, string][])('gives %s', async (_, situation, siteUrl) => {
    expect((await load({ toml, ...situation })).auth.siteUrl).toBe(siteUrl)
  })

  it('stands for whatever is expected, and for items of lists and tables', async () => {
    const config = await load({
      toml: `
        [api]
        port = "env(PORT)"
        schemas = ["public", "env(SCHEMA)", "env(NOT_SET)"]
        [storage]
        file_size_limit = "env(LIMIT)"
        [edge_runtime]
        enabled = "env(ON)"
        [edge_runtime.secrets]
        stripe = "env(STRIPE)"
        absent = "env(NOT_SET)"
        [functions.pay.env]
        KEY = "env(STRIPE)"
        [storage.buckets.photos]
        public = "env(ON)"`,
      env: { PORT: '8000', SCHEMA: 'app', LIMIT: '1MiB', ON: 'true', STRIPE: 'sk_1' },
    })
    expect(config.http.port).toBe(8000)
    expect(config.api.schemas).toEqual(['public', 'app'])
    expect(config.storage.fileSizeLimit).toBe(1024 * 1024)
    expect(config.edgeRuntime).toMatchObject({ enabled: true, secrets: { STRIPE: 'sk_1' } })
    expect(config.functions.pay?.env).toEqual({ KEY: 'sk_1' })
    expect(config.storage.buckets.photos?.public).toBe(true)
    expect(config.warnings).toEqual([
      'environment variable NOT_SET is not set: api.schemas[2] is left out',
      'environment variable NOT_SET is not set: edge_runtime.secrets.absent is left out',
    ])
  })

  it('overrides what a table of the file names, and lists by commas', async () => {
    const config = await load({
      toml: '[auth.external.github]\nenabled = false',
      env: { SUPABASE_AUTH_EXTERNAL_GITHUB_CLIENT_ID: 'abc', SUPABASE_API_SCHEMAS: 'public,app' },
    })
    expect(config.auth.external.github?.clientId).toBe('abc')
    expect(config.api.schemas).toEqual(['public', 'app'])
  })

  it('lets a clone without its secrets start', async () => {
    const config = await load({
      toml: '[auth.external.github]\nenabled = true\nclient_id = "env(ID)"\nsecret = "env(SECRET)"',
    })
    expect(config.auth.external.github).toMatchObject({ enabled: true, clientId: '' })
  })

  it('never puts the text of a reference in the place of a secret', async () => {
    const { keys } = await load({ toml: '[auth]\njwt_secret = "env(THE_JWT_SECRET_OF_THIS_PROJECT)"' })
    expect(keys.jwtSecret).not.toContain('env(')
  })
})
