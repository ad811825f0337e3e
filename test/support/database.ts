import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { applyBaseline, type Connections } from '#database'
import { administer, dropByForce } from './administer.ts'
import { useFixture } from './fixture.ts'
import { baselineOptions, templateName } from './platform.ts'

export interface TestDatabase {
  readonly name: string
  readonly connections: Connections
  /** Drops the database; fails if a connection to it was left open (a leak), after dropping it all the same. */
  drop(): Promise<void>
}

/**
 * A database of a test file's own, with the platform's schema. Roles are the cluster's, shared by all files.
 *
 * @example
 * const database = await cloneDatabase()
 * afterAll(() => database.drop())
 */
export async function cloneDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  await whenUnused(`create database ${name} template ${templateName}`)
  await administer(
    to('postgres'),
    // Of the roles' own, seconds: a busy machine would take longer over what is to be tested.
    ...limited.map((role) => `alter role ${role} in database ${name} set statement_timeout = '1min'`),
  )
  // The database's own settings (search_path, app.settings…) are not copied.
  await applyBaseline(to(name), baselineOptions)
  return { name, connections: to(name), drop: () => drop(name) }
}

/** What a test asks of a database that somebody else drops. */
export type UsedDatabase = Omit<TestDatabase, 'drop'>

/**
 * The same for all tests of a file, or of a `describe`: made before the first one, with what the statements make in it, and
 * gone behind the last one and whatever else was used.
 *
 * @example
 * const database = useDatabase('create table note (id int primary key)')
 */
export function useDatabase(...statements: readonly string[]): UsedDatabase {
  return useFixture(async () => {
    const database = await cloneDatabase()
    if (statements.length > 0) await administer(database.connections, ...statements)
    return database
  })
}

function to(database: string): Connections {
  const { socketFolder, port } = inject('postgres')
  return { for: (user) => ({ host: socketFolder, port, user, database }) }
}

async function drop(name: string): Promise<void> {
  try {
    await whenUnused(`drop database ${name}`)
  } catch (error) {
    await dropByForce(to('postgres'), name)
    throw error
  }
}

/** Postgres waits up to five seconds for the last ones to leave a database; on a busy machine they take longer. */
async function whenUnused(statement: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await administer(to('postgres'), statement)
    } catch (error) {
      if (tries === 6 || !(error instanceof pg.DatabaseError) || error.code !== inUse) throw error
    }
  }
}

const inUse = '55006'
const limited = ['anon', 'authenticated', 'authenticator']
