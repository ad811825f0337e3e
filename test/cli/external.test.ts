import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { administer, dropByForce } from '../support/administer.ts'
import { folderOf, portico, type Ran } from './portico.ts'

/** A Postgres of one's own: an empty database of the server that all tests share. */
const name = `external_${process.pid}`
const { socketFolder, port } = inject('postgres')
const url = `postgresql://supabase_admin@localhost:${port}/${name}?host=${encodeURIComponent(socketFolder)}`
const onServer = { for: () => ({ host: socketFolder, port, user: 'supabase_admin', database: 'postgres' }) }

const project = folderOf({
  'supabase/migrations/20260101000000_words.sql': 'create table public.words (word text primary key);\n',
  'supabase/seed.sql': `insert into public.words values ('porch');\n`,
})
beforeAll(() => administer(onServer, `create database ${name}`))
afterAll(async () => {
  project.remove()
  await dropByForce(onServer, name)
})

const on = (...args: readonly string[]): Promise<Ran> => portico([...args, '--project', project.path, '--db-url', url])

test('looking at the migrations changes nothing', async () => {
  const { code, stderr } = await on('migration', 'list')
  expect(code).toBe(1)
  expect(stderr).toContain('Nothing was ever applied to this database.')
})

test('migration up, then a query', async () => {
  expect((await on('migration', 'up')).stdout).toBe('Applied 1.\n')
  expect((await on('migration', 'list')).stdout).toBe('applied    20260101000000  words\n')
  expect((await on('db', 'query', '-o', 'csv', 'insert into words values ($$column$$) returning word')).stdout).toBe(
    'word\r\ncolumn\r\n',
  )
})

test('db reset asks to be sure, and then is', async () => {
  const asked = await on('db', 'reset')
  expect(asked).toMatchObject({ code: 1, stderr: expect.stringContaining(`drops the whole database ${name}`) })
  const sure = await on('db', 'reset', '--yes')
  expect(sure).toMatchObject({ code: 0, stdout: 'The database is new.\n' })
  expect((await on('db', 'query', '-o', 'csv', 'select * from words')).stdout).toBe('word\r\nporch\r\n')
})
