import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT } from 'jose'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '#config'
import { projectFolder } from '../support/project-folder.ts'
import { failure, load, type Situation } from './load.ts'

const wellKnownSecret = 'super-secret-jwt-token-with-at-least-32-characters-long'
const demo = {
  anonKey:
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzdXBhYmFzZS1kZW1vIiwicm9sZSI6ImFub24iLCJleHAiOjE5ODM4MTI5OTZ9.CRXP1A7WOeoJeXxjNni43kdQwgnWNReilDMblYTn_I0',
  serviceRoleKey:
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzdXBhYmFzZS1kZW1vIiwicm9sZSI6InNlcnZpY2Vfcm9sZSIsImV4cCI6MTk4MzgxMjk5Nn0.EGIM96RAZx35lJzdJsyH-qQwv8Hdp7fsn3W0YpN81IU',
}
const wellKnownKeys = {
  ...demo,
  jwtSecret: wellKnownSecret,
  publishableKey: 'sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH',
  secretKey: 'sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz',
  databasePassword: 'postgres',
}
const ownSecret = 'a-secret-of-this-project-with-32-characters'

async function token(role: string, secret = ownSecret): Promise<string> {
  return new SignJWT({ role }).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret))
}

describe('keys', () => {
  it.each(['127.0.0.1', 'localhost', '::1', '127.1.2.3'])(
    'are the well-known ones on %s in development, and nothing is written',
    async (host) => {
      const { keys, dataFolder } = await load({ host })
      expect(keys).toEqual(wellKnownKeys)
      await expect(stat(dataFolder)).rejects.toThrow('ENOENT')
    },
  )

  it.each([
    ['on any other host', { host: '0.0.0.0' }],
    ['in production', { production: true }],
  ] satisfies [string, Situation][])("are the project's own %s, made once and kept 0600", async (_, options) => {
    const project = await projectFolder()
    const all = await Promise.all([1, 2, 3].map(() => loadConfig({ project, env: {}, ...options })))
    const [{ keys, dataFolder }] = all as [(typeof all)[0], ...typeof all]
    for (const other of all) expect(other.keys).toEqual(keys)
    expect((await loadConfig({ project, env: {}, ...options })).keys).toEqual(keys)

    expect(new Set([...Object.values(keys), ...Object.values(wellKnownKeys)]).size).toBe(12)
    expect(keys.jwtSecret.length).toBeGreaterThanOrEqual(43)
    expect(keys.publishableKey).toMatch(/^sb_publishable_[\w-]{22}_[\w-]{8}$/)
    expect(keys.secretKey).toMatch(/^sb_secret_[\w-]{22}_[\w-]{8}$/)
    for (const [key, role] of [
      [keys.anonKey, 'anon'],
      [keys.serviceRoleKey, 'service_role'],
    ] as const) {
      const { payload } = await jwtVerify(key, new TextEncoder().encode(keys.jwtSecret))
      expect(payload).toMatchObject({ iss: 'supabase', role })
      expect(Number(payload.exp) - Number(payload.iat)).toBe(10 * 365 * 24 * 3600)
    }
    expect(await readdir(dataFolder)).toEqual(['secrets.json'])
    expect((await stat(join(dataFolder, 'secrets.json'))).mode & 0o777).toBe(0o600)
    expect((await stat(dataFolder)).mode & 0o777, 'as the server makes it: it holds more than this file').toBe(0o700)
  })

  it('shut the file again that others may read, and refuse a damaged one', async () => {
    const project = await projectFolder()
    const options = { project, env: {}, production: true }
    const { dataFolder } = await loadConfig(options)
    const file = join(dataFolder, 'secrets.json')
    await chmod(file, 0o644)
    await loadConfig(options)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    await writeFile(file, (await readFile(file, 'utf8')).slice(0, 40))
    await expect(loadConfig(options)).rejects.toThrow(
      `${file}: the project's secrets cannot be kept here: it is damaged`,
    )
  })

  it('follow a secret of the project as the CLI signs them', async () => {
    const { keys } = await load({ env: { SUPABASE_AUTH_JWT_SECRET: ownSecret } })
    const { payload } = await jwtVerify(keys.anonKey, new TextEncoder().encode(ownSecret))
    expect(payload).toEqual({ iss: 'supabase-demo', role: 'anon', exp: 1983812996 })
    expect(keys).toMatchObject({ jwtSecret: ownSecret, secretKey: wellKnownKeys.secretKey })
  })

  it('are signed by the first key of signing_keys_path', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
    const jwk = { ...(await exportJWK(privateKey)), alg: 'RS256', kid: 'mine' }
    const config = await load({
      toml: '[auth]\nsigning_keys_path = "./keys.json"',
      files: { 'supabase/keys.json': JSON.stringify([jwk]) },
    })
    expect(config.auth.signingKeys).toEqual([jwk])
    expect(decodeProtectedHeader(config.keys.serviceRoleKey)).toEqual({ alg: 'RS256', kid: 'mine', typ: 'JWT' })
    const { payload } = await jwtVerify(
      config.keys.serviceRoleKey,
      await importJWK(await exportJWK(publicKey), 'RS256'),
    )
    expect(payload.role).toBe('service_role')
  })

  it('are signed by the key in use, wherever it stands among standby and previous ones', async () => {
    const pair = async (alg: string, kid: string) => {
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
      const named = async (key: typeof privateKey, key_ops: string[]) => ({
        ...(await exportJWK(key)),
        alg,
        kid,
        key_ops,
      })
      return { whole: await named(privateKey, ['sign', 'verify']), half: await named(publicKey, ['verify']), publicKey }
    }
    const [previous, inUse] = [await pair('ES256', 'previous'), await pair('EdDSA', 'in-use')]
    const standby = { ...(await pair('RS256', 'standby')).whole, key_ops: ['verify'] }
    const { auth, keys } = await load({
      toml: '[auth]\nsigning_keys_path = "./keys.json"',
      files: { 'supabase/keys.json': JSON.stringify([previous.half, standby, inUse.whole]) },
    })
    expect(auth.signingKeys.map(({ kid }) => kid)).toEqual(['in-use', 'previous', 'standby'])
    expect(decodeProtectedHeader(keys.anonKey)).toEqual({ alg: 'EdDSA', kid: 'in-use', typ: 'JWT' })
    expect((await jwtVerify(keys.anonKey, inUse.publicKey)).payload.role).toBe('anon')
  })

  it('are the given ones in production, with what is missing made', async () => {
    const given = {
      SUPABASE_AUTH_JWT_SECRET: ownSecret,
      SUPABASE_AUTH_ANON_KEY: await token('anon'),
      SUPABASE_AUTH_SECRET_KEY: 'sb_secret_mine',
    }
    const { keys, warnings } = await load({ production: true, env: given })
    expect(warnings).toEqual([])
    expect(keys).toMatchObject({
      jwtSecret: ownSecret,
      anonKey: given.SUPABASE_AUTH_ANON_KEY,
      secretKey: 'sb_secret_mine',
    })
    expect(decodeJwt(keys.serviceRoleKey)).toMatchObject({ iss: 'supabase', role: 'service_role' })
    expect(keys.publishableKey).not.toBe(wellKnownKeys.publishableKey)
  })

  it('of the database are its own where others reach the database', async () => {
    const remote = await load({ dbUrl: 'postgresql://admin:pw@db.example.com/postgres' })
    expect(remote.keys.databasePassword).not.toBe('postgres')
    expect(remote.keys.jwtSecret).toBe(wellKnownSecret)
    expect(remote.database).toEqual({ kind: 'external', url: 'postgresql://admin:pw@db.example.com/postgres' })
    const local = await load({ dbUrl: 'postgresql://admin:pw@localhost/postgres' })
    expect(local.keys.databasePassword).toBe('postgres')
  })
})

describe('a well-known secret', () => {
  const refusal = (names: string) =>
    `SECRETS_REFUSED ${names}: Supabase's well-known development secret, which opens this backend to anyone. It is used only in development and on a loopback host. Set one of your own, or leave it out: Portico then makes one and keeps it in the data folder.`

  it.each([
    [
      'the secret in production',
      { production: true, toml: `[auth]\njwt_secret = "${wellKnownSecret}"` },
      'auth.jwt_secret',
    ],
    [
      'the secret on another host',
      { host: '192.168.1.2', toml: `[auth]\njwt_secret = "${wellKnownSecret}"` },
      'auth.jwt_secret',
    ],
    [
      'opaque and demo keys',
      {
        production: true,
        env: {
          SUPABASE_AUTH_PUBLISHABLE_KEY: wellKnownKeys.publishableKey,
          SUPABASE_AUTH_SECRET_KEY: wellKnownKeys.secretKey,
          SUPABASE_AUTH_SERVICE_ROLE_KEY: demo.serviceRoleKey,
        },
      },
      'auth.service_role_key, auth.publishable_key, auth.secret_key',
    ],
    ['the password', { production: true, env: { PORTICO_DB_PASSWORD: 'postgres' } }, 'PORTICO_DB_PASSWORD'],
  ] satisfies [string, Situation, string][])('is refused: %s', async (_, situation, names) => {
    expect(await failure(situation)).toBe(refusal(names))
  })

  it('is refused in a key that it signed', async () => {
    const env = { SUPABASE_AUTH_ANON_KEY: await token('anon', wellKnownSecret), SUPABASE_AUTH_JWT_SECRET: ownSecret }
    expect(await failure({ production: true, env })).toBe(refusal('auth.anon_key'))
  })

  it('is refused as the signing key that is compiled into the CLI', async () => {
    const jwk = {
      ...{ kty: 'EC', alg: 'ES256', crv: 'P-256' },
      ...{ x: 'M5Sjqn5zwC9Kl1zVfUUGvv9boQjCGd45G8sdopBExB4', y: 'P6IXMvA2WYXSHSOMTBH2jsw_9rrzGy89FjPf6oOsIxQ' },
      d: 'dIhR8wywJlqlua4y_yMq2SLhlFXDZJBCvFrY1DCHyVU',
    }
    const files = { 'supabase/keys.json': JSON.stringify([jwk]) }
    const toml = '[auth]\nsigning_keys_path = "./keys.json"'
    expect(await failure({ host: '0.0.0.0', toml, files })).toBe(refusal('auth.signing_keys_path'))
    expect((await load({ toml, files })).auth.signingKeys).toEqual([jwk])
  })
})

describe('a given key', () => {
  it.each([
    [
      'too short',
      {},
      { SUPABASE_AUTH_JWT_SECRET: 'short' },
      'SUPABASE_AUTH_JWT_SECRET (for auth.jwt_secret)',
      'at least 16 characters',
    ],
    [
      'too short for production',
      { production: true },
      { SUPABASE_AUTH_JWT_SECRET: 'sixteen-letters!' },
      'SUPABASE_AUTH_JWT_SECRET (for auth.jwt_secret)',
      'at least 32 characters',
    ],
    [
      'of another kind',
      {},
      { SUPABASE_AUTH_SECRET_KEY: 'sb_publishable_x' },
      'SUPABASE_AUTH_SECRET_KEY (for auth.secret_key)',
      'a key that begins with sb_secret_',
    ],
    [
      'with the powers of another',
      {},
      { SUPABASE_AUTH_ANON_KEY: demo.serviceRoleKey },
      'SUPABASE_AUTH_ANON_KEY (for auth.anon_key)',
      'a JWT whose role is anon',
    ],
  ] satisfies [string, Situation, Record<string, string>, string, string][])(
    'is refused: %s',
    async (_, options, env, where, expected) => {
      const message = `CONFIG_INVALID ${where} is a value that is not shown, expected ${expected}`
      expect(await failure({ ...options, env })).toBe(message)
    },
  )

  it('that nothing verifies is warned of', async () => {
    const { warnings } = await load({ env: { SUPABASE_AUTH_ANON_KEY: await token('anon') } })
    expect(warnings).toEqual([
      'auth.anon_key is not signed by auth.jwt_secret or a signing key: requests with it will be refused',
    ])
  })
})

describe('the data folder', () => {
  it('is where it is told to be', async () => {
    const data = await mkdtemp(join(tmpdir(), 'portico-data-'))
    onTestFinished(() => rm(data, { recursive: true }))
    const { dataFolder, ephemeral } = await load({ data, production: true })
    expect([dataFolder, ephemeral]).toEqual([data, false])
    expect(await readdir(data)).toEqual(['secrets.json'])
  })

  it('is a fresh one each time when ephemeral', async () => {
    const [one, two] = await Promise.all([load({ ephemeral: true }), load({ ephemeral: true })])
    onTestFinished(() => Promise.all([one, two].map((c) => rm(c.dataFolder, { recursive: true }))).then(() => {}))
    expect(one.dataFolder).not.toBe(two.dataFolder)
    expect(one.ephemeral).toBe(true)
    expect((await stat(one.dataFolder)).isDirectory()).toBe(true)
  })
})
