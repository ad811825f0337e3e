import pg from 'pg'
import type { FileKind, ProjectSession } from './session.ts'
import { sqlFileFailed, statementFailed } from './sql-error.ts'
import type { SqlFile } from './sql-file.ts'
import { commitAsUnfinished, forgetUnfinished, resumeAt } from './unfinished.ts'

/** Where a piece of a file ends, why, and whether its transaction is still open: an error has undone it. */
type Stop = {
  readonly at: number
  readonly why: 'end' | 'commit' | 'rollback' | 'alone' | 'apart'
  readonly undone?: true
}

/** SQLSTATEs that say: not in this transaction. */
const mustRunAlone = ['25001', '2D000']
const mustRunLater = '55P04'

/**
 * Runs a file in one transaction that `record` belongs to, so that the file is either applied and recorded or neither.
 *
 * Where that cannot be, because a statement refuses to run in a transaction (`create index concurrently`), needs what
 * comes before it committed (a new value of an enum), or the file itself says `commit`, it is cut there. How far it
 * came is then written down with each piece, and a later run goes on from that point.
 *
 * @throws PorticoError SQL_FILE_FAILED or EXTENSION_UNAVAILABLE, with the place in the file.
 */
export async function runFile(
  session: ProjectSession,
  kind: FileKind,
  file: SqlFile,
  record: () => Promise<unknown>,
): Promise<void> {
  await session.begin(kind)
  let start = await resumeAt(session, file)
  for (;;) {
    const stop = await runUntil(session, file, start, file.statements.length)
    if (stop.why === 'end') return await finish(session, file, record)
    if (stop.why === 'alone' || stop.why === 'apart') {
      if (stop.undone) await runUntil(session, file, start, stop.at)
      await commitAsUnfinished(session, file, stop.at)
      if (stop.why === 'alone') await runAlone(session, file, stop.at)
      start = stop.why === 'alone' ? stop.at + 1 : stop.at
    } else {
      if (stop.why === 'rollback') await session.client.query('rollback; begin')
      await commitAsUnfinished(session, file, stop.at + 1)
      start = stop.at + 1
    }
  }
}

/** Opens a transaction and runs statements in it; at the end, or before a `commit`, it is still open. */
async function runUntil(session: ProjectSession, file: SqlFile, start: number, end: number): Promise<Stop> {
  await session.client.query('begin')
  for (const [at, statement] of [...file.statements.entries()].slice(start, end)) {
    const control = transactionControl(statement.words)
    if (control === 'begin') continue
    if (control === 'rollback') return { at, why: control }
    if (control === 'commit') {
      // A `commit` that ends the file is the file's own.
      if (file.statements.slice(at + 1).every(({ words }) => transactionControl(words))) break
      return { at, why: control }
    }
    if (refusesTransaction(statement.words)) return { at, why: 'alone' }
    try {
      await session.run(statement)
    } catch (error) {
      await session.client.query('rollback').catch(() => {})
      const code = error instanceof pg.DatabaseError ? (error.code ?? '') : ''
      if (mustRunAlone.includes(code)) return { at, why: 'alone', undone: true }
      if (code === mustRunLater && at > start) return { at, why: 'apart', undone: true }
      throw statementFailed(file, statement, error, kept(file, start))
    }
  }
  return { at: end, why: 'end' }
}

/** Commits the last piece with the record; what Postgres checks only now (deferred constraints) may still undo it. */
async function finish(session: ProjectSession, file: SqlFile, record: () => Promise<unknown>): Promise<void> {
  try {
    await session.client.query('set constraints all immediate; set local role none')
    await record()
    await forgetUnfinished(session, file)
    await session.client.query('commit')
  } catch (error) {
    await session.client.query('rollback').catch(() => {})
    if (!(error instanceof pg.DatabaseError)) throw error
    const { message, detail, code, hint } = error
    throw sqlFileFailed(file, file.text.trimEnd().length, {
      message: `at the end of the file's transaction: ${message}`,
      detail,
      hint,
      sqlstate: code,
      cause: error,
    })
  }
}

async function runAlone(session: ProjectSession, file: SqlFile, at: number): Promise<void> {
  const statement = file.statements[at]
  if (!statement) return
  try {
    await session.run(statement, true)
  } catch (error) {
    throw statementFailed(file, statement, error, kept(file, at))
  }
  await session.client.query('begin')
  await commitAsUnfinished(session, file, at + 1)
}

/** The usual ones, known before they fail: what is undone and done again would take two numbers of a sequence. */
function refusesTransaction(words: readonly string[]): boolean {
  const [verb, what] = words
  if (verb === 'vacuum') return true
  if (verb === 'alter' && what === 'system') return true
  if ((verb === 'create' || verb === 'drop') && (what === 'database' || what === 'tablespace')) return true
  return words.includes('concurrently') && verb !== 'refresh'
}

function transactionControl(words: readonly string[]): 'begin' | 'commit' | 'rollback' | undefined {
  const [verb, second] = words
  if (verb === 'begin' || (verb === 'start' && second === 'transaction')) return 'begin'
  if (verb === 'end' || (verb === 'commit' && second !== 'prepared')) return 'commit'
  if (verb === 'abort') return 'rollback'
  if (verb === 'rollback')
    return second === 'to' || words.includes('to') || second === 'prepared' ? undefined : 'rollback'
  return undefined
}

function kept(file: SqlFile, start: number): string | undefined {
  const before = file.statements[start - 1]
  if (!before) return undefined
  return 'what stands before it in the file could not be in one transaction with it, is applied, and will not run again'
}
