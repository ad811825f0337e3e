import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { administer } from '#database'
import { withProjectDatabase } from '../../src/cli/database/index.ts'
import { folderOf, portico } from './portico.ts'

const work = folderOf({
  'app/supabase/config.toml': 'project_id = "never-started"\n',
  'app/supabase/migrations/1_secret.sql': `select vault.create_secret('open sesame', 'cave');`,
})
afterAll(() => work.remove())

test('what migration up encrypts in a new data folder is encrypted with a key outside the database', async () => {
  const at = { project: join(work.path, 'app'), data: join(work.path, 'data') }
  const words = ['--project', at.project, '--data', at.data]
  expect(await portico(['migration', 'up', ...words])).toMatchObject({ code: 0 })
  const kept = await withProjectDatabase(at, { state: 'bare' }, ({ database }) =>
    administer(database.connections.for('supabase_admin'), async (client) => {
      const { rows } = await client.query(
        `select (select count(*)::int from vault._key) as keys_inside, decrypted_secret from vault.decrypted_secrets`,
      )
      return rows
    }),
  )
  expect(kept).toEqual([{ keys_inside: 0, decrypted_secret: 'open sesame' }])
})
