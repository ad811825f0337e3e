import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { rows } from '../administer.ts'
import type { ProjectSession } from './session.ts'
import type { Statement } from './split-sql.ts'
import { sqlFileFailed } from './sql-error.ts'
import type { SqlFile } from './sql-file.ts'

/** The statement to begin with: 0, or the one after those that are committed already. */
export async function resumeAt(session: ProjectSession, file: SqlFile): Promise<number> {
  const [left] = await rows(
    session.client,
    sql<{ statements: number; digest: string }>`
      select statements, digest from portico.unfinished where file = ${file.name}`,
  )
  if (!left) return 0
  if (left.digest === digest(file.statements.slice(0, left.statements))) return left.statements
  throw sqlFileFailed(file, file.statements[left.statements]?.offset ?? 0, {
    message: 'the file was changed above this line after that part of it had been applied',
    hint: 'put the part above back as it was, or start from an empty database (portico db reset)',
  })
}

/** Commits the open transaction together with how far it brought the file. */
export async function commitAsUnfinished(session: ProjectSession, file: SqlFile, statements: number): Promise<void> {
  await session.client.query('set local role none')
  const done = digest(file.statements.slice(0, statements))
  await rows(
    session.client,
    sql`insert into portico.unfinished (file, statements, digest) values (${file.name}, ${statements}, ${done})
      on conflict (file) do update set statements = excluded.statements, digest = excluded.digest`,
  )
  await session.client.query('commit')
}

/** Part of the transaction that completes the file. */
export async function forgetUnfinished(session: ProjectSession, file: SqlFile): Promise<void> {
  await rows(session.client, sql`delete from portico.unfinished where file = ${file.name}`)
}

function digest(statements: readonly Statement[]): string {
  const hash = createHash('sha256')
  for (const { text, data } of statements)
    hash
      .update(text)
      .update('\0')
      .update(data ?? '')
      .update('\0')
  return hash.digest('hex')
}
