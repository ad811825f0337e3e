import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Connections, holdDataFolder, type PostgresServer, startPostgres } from '#database'
import { silent } from '#observe'
import { hasPostgres15, type OwnServer, startPostgres15 } from '../database/postgres-15.ts'
import { administer } from '../support/administer.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { dataRoot } from '../support/data-root.ts'
import { createFront, databaseUrl } from '../support/front.ts'
import { hasPgbouncer, startPgbouncer, withoutPgbouncer } from '../support/pgbouncer.ts'
import { openStatementLog } from '../support/statement-log.ts'
import { tellTheStory } from './story.ts'

const timeout = 180_000

/** The whole of a database, so that a second start can be seen to change nothing. */
async function startsTwice(dbUrl: string, superuser: Connections, changes: string[] = []): Promise<TestApp> {
  const data = mkdtempSync(join(dataRoot(), 'portico-db-url-'))
  onTestFinished(() => rmSync(data, { recursive: true, force: true }))
  const first = await createTestApp({ dbUrl, data })
  await tellTheStory(first).finally(() => first.close())

  const log = await openStatementLog(superuser)
  const written = await log.writes()
  const second = await createTestApp({ dbUrl, data })
  onTestFinished(() => second.close())
  expect(await log.commands()).toEqual(changes)
  expect(await log.writes()).toEqual(written)
  const { data: seen } = await second.graphql('{ photographerCollection(first: 1) { totalCount } }')
  expect(seen.photographerCollection.totalCount).toBeGreaterThan(20)
  return second
}

const why = hasPostgres15 ? '' : " (left out: Debian's Postgres 15 is not installed in /usr/lib/postgresql/15)"

describe.runIf(hasPostgres15)(`--db-url on Debian's Postgres 15${why}`, () => {
  const logFile = 'statements.log'
  let server: OwnServer
  let superuser: Connections
  beforeAll(async () => {
    server = await startPostgres15({
      logging_collector: 'on',
      log_directory: '.',
      log_filename: logFile,
      log_line_prefix: '%u> ',
    })
    const own = (database: string): Connections => ({
      for: () => ({ host: server.socketFolder, port: server.port, user: 'postgres', database }),
    })
    await administer(own('postgres'), "alter role postgres password 'own'", 'create database app')
    superuser = own('app')
  })
  afterAll(() => server?.stop())
  const url = (user: string, password: string) => `postgresql://${user}:${password}@127.0.0.1:${server.port}/app`

  test('a weak role is told what it lacks', async () => {
    await administer(superuser, "create role weak login password 'weak'")
    await expect(createTestApp({ dbUrl: url('weak', 'weak') })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(
        /^--db-url: the role weak cannot administer this database\. It lacks: .*CREATEROLE/,
      ),
    })
  })

  test('a photographer is discovered, and a gateway in front of it issues no DDL', { timeout }, async () => {
    const managed = await startsTwice(url('postgres', 'own'), superuser)
    await administer(
      superuser,
      "create role visitor login noinherit password 'visiting'",
      'grant anon, authenticated, service_role to visitor',
      "alter role visitor set log_statement = 'all'",
    )
    const log = await openStatementLog(superuser)
    const front = await createFront(managed, databaseUrl(managed, 'visitor', 'visiting'))
    onTestFinished(() => front.close())
    await tellTheStory(front)

    expect(await log.commands()).toEqual([])
    const kinds = () => statementsOf('visitor').map((statement) => /^\w+/.exec(statement)?.[0].toLowerCase())
    // Its log is written by a process of its own.
    await expect.poll(() => kinds().length).toBeGreaterThan(30)
    // Queries and changes of rows, the catalogue read as of one moment, and once the wish to be told of changes.
    await expect.poll(() => [...new Set(kinds())].sort()).toEqual(['begin', 'listen', 'rollback', 'select', 'with'])
    expect(kinds().filter((kind) => kind === 'listen')).toHaveLength(1)
  })

  /** Each statement that a login has run, whatever the way it was sent. */
  function statementsOf(login: string): string[] {
    const lines = readFileSync(join(server.socketFolder, logFile), 'utf8').split(/^(?=\w*> [A-Z]+: )/m)
    return lines
      .map((line) => line.match(/^(\w*)> LOG: {2}(?:statement|execute [^:]+): ([\s\S]*)$/))
      .filter((match) => match?.[1] === login)
      .map((match) => (match?.[2] ?? '').trimStart())
  }

  describe.runIf(hasPgbouncer)(`through a transaction-mode pooler${withoutPgbouncer}`, () => {
    test('a photographer is discovered', { timeout }, async () => {
      const managed = await createTestApp({ dbUrl: url('postgres', 'own') })
      onTestFinished(() => managed.close())
      const pooler = await startPgbouncer(databaseUrl(managed, 'visitor', 'visiting'))
      onTestFinished(() => pooler.stop())
      const front = await createFront(managed, pooler.url)
      onTestFinished(() => front.close())
      await tellTheStory(front)
    })
  })
})

describe('--db-url on a Postgres 18 whose administrator is no superuser', () => {
  const data = mkdtempSync(join(dataRoot(), 'portico-own-'))
  const folder = holdDataFolder(data)
  let server: PostgresServer
  let superuser: Connections
  beforeAll(async () => {
    server = await startPostgres({ folder, listen: { host: '127.0.0.1', port: 0 }, observe: silent })
    // As elsewhere: the superuser has a name of its provider's, and Portico's own extensions are not there.
    await administer(server.connections(), 'create role provider login superuser')
    superuser = { for: () => ({ ...server.connections('app').for('postgres'), user: 'provider' }) }
    await administer(
      { for: () => ({ ...server.connections().for('postgres'), user: 'provider' }) },
      'alter role supabase_admin rename to provider_too',
      "create role owner login createrole bypassrls password 'own'",
      'create database app owner owner',
      "alter database app set extension_control_path = '$system'",
    )
  })
  afterAll(async () => {
    await server?.stop()
    folder.release()
    rmSync(data, { recursive: true })
  })

  test('a photographer is discovered', { timeout }, async () => {
    // Only a superuser can see that a password is already what it should be.
    const passwords = ['somebody: changed roles, databases or their settings']
    await startsTwice(`postgresql://owner:own@127.0.0.1:${server.port}/app`, superuser, passwords)
  })
})
