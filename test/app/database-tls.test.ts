import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasPostgres15, type OwnServer, startPostgres15 } from '../database/postgres-15.ts'
import { administer } from '../support/administer.ts'
import { createTestApp } from '../support/app.ts'

// Of a server that is its own authority, as those of Supabase are; for nothing but this test.
const certificate = `-----BEGIN CERTIFICATE-----
MIIBqzCCAVKgAwIBAgIUQM7TNIUvQCuVm099ZNfLkNCbklswCgYIKoZIzj0EAwIw
IjEgMB4GA1UEAwwXYSBkYXRhYmFzZSBvZiBvbmUncyBvd24wIBcNMjYxMTI2MjMz
ODMyWhgPMjEyNjExMDIyMzM4MzJaMCIxIDAeBgNVBAMMF2EgZGF0YWJhc2Ugb2Yg
b25lJ3Mgb3duMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZY1+WYniRo1J8G3H
Q2JfmJXvGCGB02WEDA85rT23JyJRXjnBwehAX28ENWJgA0ojA8Usyb4r4ljtDyVK
9YCo96NkMGIwHQYDVR0OBBYEFKEC/QBGkh60+BZAIm2c1mZgijuRMB8GA1UdIwQY
MBaAFKEC/QBGkh60+BZAIm2c1mZgijuRMA8GA1UdEwEB/wQFMAMBAf8wDwYDVR0R
BAgwBocEfwAAATAKBggqhkjOPQQDAgNHADBEAiBQau48c/4PVU+n5jfw21471IAl
FYvk7I/gBqqG8ZIgXwIgI4OAnXjKKfetjcpzaXbVWBF9tSHi9IprrSC8htP7FSM=
-----END CERTIFICATE-----
`
const privateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgsCeRIy5kgz39mFNx
QSmtB65eyfzQnXG+p3PYpL50KEehRANCAARljX5ZieJGjUnwbcdDYl+Yle8YIYHT
ZYQMDzmtPbcnIlFeOcHB6EBfbwQ1YmADSiMDxSzJviviWO0PJUr1gKj3
-----END PRIVATE KEY-----
`

describe.runIf(hasPostgres15)(
  `a database that speaks TLS${hasPostgres15 ? '' : " (left out: Debian's Postgres 15 is not installed)"}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'portico-tls-'))
    const authority = join(folder, 'server.crt')
    let server: OwnServer

    beforeAll(async () => {
      const key = join(folder, 'server.key')
      writeFileSync(authority, certificate)
      writeFileSync(key, privateKey, { mode: 0o600 })
      if (process.getuid?.() === 0) for (const path of [folder, authority, key]) chownSync(path, 65_534, 65_534)
      server = await startPostgres15({ ssl: 'on', ssl_cert_file: authority, ssl_key_file: key })
      const { socketFolder: host, port } = server
      await administer(
        { for: () => ({ host, port, user: 'postgres', database: 'postgres' }) },
        'create role anon',
        'create role authenticated',
        'create role service_role',
        "create role gateway login noinherit password 'a@b/c'",
        'grant anon, authenticated, service_role to gateway',
        "create function is_encrypted() returns boolean stable language sql security definer as 'select ssl from pg_stat_ssl where pid = pg_backend_pid()'",
      )
    })
    afterAll(async () => {
      await server?.stop()
      rmSync(folder, { recursive: true })
    })

    /** What a gateway says of itself that logs in with these parameters. */
    async function ask(parameters: string): Promise<unknown> {
      const front = await createTestApp({
        files: { 'supabase/config.toml': '' },
        env: {
          SUPABASE_URL: 'http://127.0.0.1:9',
          SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_1',
          SUPABASE_SECRET_KEY: 'sb_secret_1',
          DATABASE_URL: `postgresql://gateway:a%40b%2Fc@127.0.0.1:${server.port}/postgres${parameters}`,
        },
      })
      try {
        return (await front.graphql('{ is_encrypted }')).data.is_encrypted
      } finally {
        await front.close()
      }
    }

    test.each([
      ['', false],
      ['?sslmode=disable', false],
      ['?sslmode=require', true],
      ['?sslmode=no-verify', true],
      ['?sslmode=verify-full&sslrootcert=CA', true],
      ['?sslmode=verify-ca&sslrootcert=CA', true],
      ['?sslmode=require&sslrootcert=CA', true],
    ])('"%s": encrypted %s', async (parameters, encrypted) => {
      expect(await ask(parameters.replace('CA', authority))).toBe(encrypted)
    })

    test.each([
      ['?sslmode=verify-full', 'DATABASE_UNREACHABLE', /self-signed certificate/],
      ['?sslmode=verify-ca', 'CONFIG_INVALID', /The URL of the database: .*sslrootcert/],
      ['?sslmode=require&sslrootcert=/nowhere/ca.crt', 'CONFIG_INVALID', /no such file.*\/nowhere\/ca\.crt/],
    ])('"%s": %s', async (parameters, code, message) => {
      const error = await ask(parameters).catch((error: unknown) => error)
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
      expect(JSON.stringify(error)).not.toContain('a%40b')
    })
  },
)
