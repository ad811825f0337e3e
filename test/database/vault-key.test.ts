import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyBaseline } from '#database'
import { keepVaultKey } from '../../src/database/server/vault-key.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'
import { baselineOptions } from '../support/platform.ts'
import { connected } from './sql-client.ts'

const folder = mkdtempSync(join(tmpdir(), 'portico-vault-'))
const key = (name: string) => {
  const file = join(folder, name)
  writeFileSync(file, `${randomBytes(32).toString('base64')}\n`)
  return file
}

let database: TestDatabase
beforeAll(async () => {
  // The server of the tests may run as another user.
  chmodSync(folder, 0o755)
  database = await cloneDatabase()
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await database.drop()
})

const sql = (text: string, role: 'postgres' | 'supabase_admin' = 'postgres') =>
  connected(database.connections, role, async (client) => (await client.query(text)).rows)
const take = (vaultKey: string) => applyBaseline(database.connections, { ...baselineOptions, vaultKey })

test('is kept in a file, another one for each key that the project gives', () => {
  const identity = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 } as never
  const home = mkdtempSync(join(folder, 'home-'))
  const [random, given, other] = [undefined, 'one', 'two'].map((root) => keepVaultKey({ home, identity }, root))
  expect(new Set([random, given, other]).size).toBe(3)
  expect(readFileSync(given ?? '', 'utf8')).toBe('one\n')
  expect(keepVaultKey({ home, identity })).toBe(random)
  expect(statSync(given ?? '').mode & 0o777).toBe(0o600)
})

describe('the key of the vault', () => {
  const file = key('first')
  const secrets = 'select name, decrypted_secret from vault.decrypted_secrets order by name'

  test('moves out of the database, and what was encrypted with it is encrypted anew', async () => {
    await sql(`select vault.create_secret('open sesame', 'cave')`)
    const [before] = await sql(
      `select s.secret, (select key from vault._key) as key from vault.secrets s`,
      'supabase_admin',
    )
    await take(file)
    expect(await sql(secrets)).toEqual([{ name: 'cave', decrypted_secret: 'open sesame' }])
    expect(await sql('select key from vault._key', 'supabase_admin')).toEqual([])
    const [after] = await sql('select secret from vault.secrets')
    expect(after?.secret).not.toBe(before?.secret)
    await expect(
      sql(`select extensions.pgp_sym_decrypt(decode('${after?.secret}', 'base64'), '${before?.key}')`),
    ).rejects.toThrow(/Wrong key/)
  })

  test('stays where it is with the next start, and encrypts what comes', async () => {
    await take(file)
    await sql(
      `select vault.create_secret('second', 'den'); select vault.update_secret(id, 'changed') from vault.secrets where name = 'cave'`,
    )
    expect(await sql(secrets)).toEqual([
      { name: 'cave', decrypted_secret: 'changed' },
      { name: 'den', decrypted_secret: 'second' },
    ])
  })

  test.each([
    'select vault._file_key()',
    'select vault._current_key()',
    `update vault._key_file set path = '/etc/passwd'`,
  ])('is nobody’s to see: %s', async (statement) => {
    await expect(sql(statement)).rejects.toMatchObject({ code: '42501' })
  })

  test('is changed for another, and what was encrypted with it is encrypted anew', async () => {
    const [before] = await sql(`select secret from vault.secrets where name = 'cave'`)
    await take(key('second'))
    expect(await sql(secrets)).toMatchObject([{ decrypted_secret: 'changed' }, { decrypted_secret: 'second' }])
    const [after] = await sql(`select secret from vault.secrets where name = 'cave'`)
    expect(after?.secret).not.toBe(before?.secret)
    await take(file)
    expect(await sql(secrets)).toHaveLength(2)
  })

  test('decrypts nothing of another that is gone', async () => {
    const gone = key('gone')
    await take(gone)
    rmSync(gone)
    await take(file)
    await expect(sql(secrets)).rejects.toThrow(/Wrong key/)
    await sql('delete from vault.secrets')
  })

  test('is taken by a vault that was made anew, too', async () => {
    await sql('drop extension supabase_vault cascade', 'supabase_admin')
    await sql('create extension supabase_vault with schema vault', 'supabase_admin')
    await sql(`select vault.create_secret('fresh', 'lair')`)
    await take(file)
    expect(await sql(secrets)).toEqual([{ name: 'lair', decrypted_secret: 'fresh' }])
    expect(await sql('select key from vault._key', 'supabase_admin')).toEqual([])
  })
})
