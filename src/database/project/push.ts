import { join } from 'node:path'
import type pg from 'pg'
import { PorticoError } from '#errors'
import type { Observe } from '#observe'
import { administer, lockDatabase, transaction } from '../administer.ts'
import { runCopy } from './copy-query.ts'
import { type HistoryOptions, makeHistory, record } from './history.ts'
import { type Migration, readMigrations } from './migrations.ts'
import { statementFailed } from './sql-error.ts'
import { readSqlFile } from './sql-file.ts'

export interface PushOptions extends HistoryOptions {
  /** Those, too, that are older than what was applied last. */
  readonly includeAll?: boolean
  /** Tells what would be applied, and applies nothing. */
  readonly dryRun?: boolean
  readonly observe: Observe
}

/**
 * Applies the pending migrations to a Supabase elsewhere, each in a transaction with its row of the history, which is all
 * that is written besides: what `supabase db push` does.
 *
 * @throws PorticoError CONFIG_INVALID if the history and the folder have gone apart, SQL_FILE_FAILED
 */
export async function pushMigrations(options: PushOptions): Promise<readonly Migration[]> {
  const { connections, root, supabase, includeAll = false, dryRun = false, observe } = options
  return await administer(connections.for('postgres'), async (client) => {
    await lockDatabase(client)
    await client.query('begin')
    await makeHistory(client)
    const pending = pendingOf(await readMigrations(client, join(supabase, 'migrations')), includeAll)
    await client.query(dryRun ? 'rollback' : 'commit')
    if (dryRun) return pending
    for (const migration of pending) {
      const start = performance.now()
      const name = `migration ${migration.version}_${migration.name}`
      observe({ kind: 'phase', name, state: 'begin' })
      await push(client, root, migration)
      observe({ kind: 'phase', name, state: 'end', ms: performance.now() - start })
    }
    return pending
  })
}

function pendingOf(all: readonly Migration[], includeAll: boolean): readonly Migration[] {
  const gone = all.filter(({ path }) => path === undefined)
  if (gone.length > 0) {
    const versions = gone.map(({ version }) => version).join(' ')
    throw apart(`The database has migrations that supabase/migrations lacks: ${versions}.`, [
      'portico migration fetch',
      `portico migration repair --status reverted ${versions}`,
    ])
  }
  const last = all.findLast(({ applied }) => applied)
  const pending = all.filter(({ applied }) => !applied)
  const older = pending.filter(({ version }) => last !== undefined && version < last.version)
  if (older.length > 0 && !includeAll) {
    const versions = older.map(({ version }) => version).join(', ')
    throw apart(`These are older than ${last?.version}, which was applied last: ${versions}.`, ['--include-all'])
  }
  return pending
}

async function push(client: pg.ClientBase, root: string, { version, name, path = '' }: Migration): Promise<void> {
  const file = await readSqlFile(root, path)
  await client.query('reset all')
  await transaction(client, async () => {
    for (const statement of file.statements) {
      // The file's transaction is this one.
      if (/^(?:begin|commit|end|start transaction)\b/.test(statement.words.join(' '))) continue
      try {
        if (statement.data === undefined) await client.query(statement.text)
        else await runCopy(client, statement.text, statement.data)
      } catch (error) {
        throw statementFailed(file, statement, error)
      }
    }
    await client.query('reset role')
    await record(client, { version, name, statements: file.statements.map(({ text }) => text) })
  })
}

function apart(message: string, ways: readonly string[]): PorticoError {
  return new PorticoError('CONFIG_INVALID', { message: `${message} Go on with: ${ways.join(', or ')}` })
}
