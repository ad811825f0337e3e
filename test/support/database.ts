import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { applyBaseline, type Connections } from '#database'
import { administer } from './administer.ts'
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
  await administer(to('postgres'), `create database ${name} template ${templateName}`)
  // The database's own settings (search_path, app.settings…) are not copied.
  await applyBaseline(to(name), baselineOptions)
  return { name, connections: to(name), drop: () => drop(name) }
}

function to(database: string): Connections {
  const { socketFolder, port } = inject('postgres')
  return { for: (user) => ({ host: socketFolder, port, user, database }) }
}

async function drop(name: string): Promise<void> {
  try {
    // Postgres waits up to five seconds for the last ones to go.
    await administer(to('postgres'), `drop database ${name}`)
  } catch (error) {
    await administer(to('postgres'), `drop database ${name} with (force)`)
    throw error
  }
}
