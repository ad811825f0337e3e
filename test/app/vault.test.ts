import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { type App, createApp } from '#app'
import { loadConfig } from '#config'
import { projectFolder } from '../support/project-folder.ts'

const toml = (rootKey: string | undefined, api: string) => `
  project_id = "vault"
  [inbucket]
  enabled = false
  [db]
  ${rootKey === undefined ? '' : `root_key = "${rootKey}"`}
  [db.vault]
  api = "${api}"`

async function query<Row extends pg.QueryResultRow>({ facts }: App, text: string): Promise<Row[]> {
  const client = new pg.Client(facts.DB_URL)
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}

test('config.toml has the vault’s secrets and the key of it: a new key encrypts anew what there is, one by one', async () => {
  const data = await projectFolder()
  const project = await projectFolder({ 'supabase/config.toml': toml(undefined, 'first') })

  /** Starts with these settings, and resolves to what the vault says, and how it is kept. */
  async function started(rootKey: string | undefined, api: string, also = 'select') {
    await writeFile(join(project, 'supabase/config.toml'), toml(rootKey, api))
    const app = await createApp(await loadConfig({ project, data: join(data, 'data'), port: 0, dbPort: 0, env: {} }))
    try {
      await query(app, also)
      return await query<{ name: string; decrypted_secret: string; secret: string }>(
        app,
        'select name, decrypted_secret, secret from vault.decrypted_secrets order by name',
      )
    } finally {
      await app.close()
    }
  }
  const opens = async (secret: string, key: string) => {
    const app = await createApp(await loadConfig({ project, data: join(data, 'data'), port: 0, dbPort: 0, env: {} }))
    onTestFinished(() => app.close())
    const text = `select extensions.pgp_sym_decrypt(decode('${secret}', 'base64'), '${key}') as text`
    return await query<{ text: string }>(app, text)
  }
  onTestFinished(() => rm(join(data, 'data'), { recursive: true, force: true }))

  const told = (rows: readonly { name: string; decrypted_secret: string }[]) =>
    Object.fromEntries(rows.map(({ name, decrypted_secret }) => [name, decrypted_secret]))
  const random = await started(undefined, 'first', `select vault.create_secret('open sesame', 'cave')`)
  expect(told(random)).toEqual({ api: 'first', cave: 'open sesame' })

  const [one, two] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
  const own = await started(one, 'second')
  expect(told(own)).toEqual({ api: 'second', cave: 'open sesame' })
  const other = await started(two, 'second')
  expect(told(other)).toEqual(told(own))
  const kept = [random, own, other].map((rows) => rows.find(({ name }) => name === 'cave')?.secret ?? '')
  expect(new Set(kept).size).toBe(3)
  expect(await opens(kept[1] ?? '', one)).toEqual([{ text: 'open sesame' }])
})
