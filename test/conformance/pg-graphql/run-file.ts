import { isDeepStrictEqual } from 'node:util'
import type { PostgresServer } from '#database'
import { type Call, createRegressDatabase, type RegressDatabase } from './regress-database.ts'
import { type RegressStatement, tableValue } from './regress-file.ts'

export interface Outcome {
  readonly line: number
  readonly call: Call
  /** `more`: introspection that lists everything expected, and more. */
  readonly answers: 'same' | 'more' | 'other'
  readonly expected: unknown
  readonly answered: unknown
}

/**
 * Runs a regress file. Its one transaction becomes committed statements, since a server sees nothing else; `rollback to
 * savepoint` makes the database anew from the statements that are left.
 */
export async function runFile(
  server: PostgresServer,
  roles: ReadonlySet<string>,
  statements: readonly RegressStatement[],
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const done: string[] = []
  const savepoints = new Map<string, number>()
  let changed = false
  let database = await createRegressDatabase(server, roles)

  async function rebuild(): Promise<void> {
    await database.drop()
    database = await createRegressDatabase(server, roles)
    for (const sql of done) await perform(database, sql)
  }

  try {
    for (const { line, sql, output } of statements) {
      const savepoint = /^savepoint (\w+)/i.exec(sql)?.[1]
      const back = /^rollback to (?:savepoint )?(\w+)/i.exec(sql)?.[1]
      if (savepoint) savepoints.set(savepoint, done.length)
      else if (back) {
        const kept = savepoints.get(back) ?? 0
        const undone = done.splice(kept)
        if (undone.length > 0 && changed) await rebuild()
        changed = false
      } else if (!/^(begin|commit|rollback|end)\b/i.test(sql)) {
        const asked = await perform(database, sql)
        if (asked) outcomes.push(judge(line, asked, output))
        if (!asked || /\bmutation\b/.test(asked.call.query)) {
          done.push(sql)
          changed = true
        }
      }
    }
  } finally {
    await database.drop()
  }
  return outcomes
}

interface Asked {
  readonly call: Call
  readonly answer: unknown
  /** What the statement around the call makes of the answer. */
  readonly value: string
}

/** Undefined for a statement that asks nothing. What fails in the file too is not told. */
async function perform(database: RegressDatabase, sql: string): Promise<Asked | undefined> {
  // There is no transaction around it to be local to.
  const own = sql.replace(/^set local /i, 'set ')
  if (!/graphql\.resolve\(/.test(sql)) {
    await database.statement(own).catch(() => {})
    return undefined
  }
  await database.statement(own)
  const call = JSON.parse(String(await database.statement(`select current_setting('regress.call')`))) as Call
  const answer = await database.ask(call)
  await database.statement(`select set_config('regress.answer', ${literal(JSON.stringify(answer))}, false)`)
  const value = await database.statement(own)
  await database.statement(`select set_config('regress.answer', '', false)`)
  return { call, answer, value }
}

function literal(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

function judge(line: number, { call, answer, value }: Asked, output: string): Outcome {
  const expected = parsed(tableValue(output))
  const answered = parsed(value)
  const [one, other] = [expected, answered].map(withoutWording)
  const more = /__(schema|type)\b/.test(call.query) && holds(other, one)
  const answers = isDeepStrictEqual(one, other) ? 'same' : more ? 'more' : 'other'
  return { line, call, answers, expected, answered: answered ?? answer }
}

function parsed(value: string | undefined): unknown {
  if (value === 't' || value === 'f') return value === 't'
  const text = value ?? ''
  return (
    json(text) ??
    // Several rows of JSON, one below the other.
    json(`[${text.replaceAll(/^}$\n/gm, '},')}]`) ??
    json(`[${text.replaceAll('\n', ',')}]`) ??
    value
  )
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether lists of named things hold those expected, in their order, and everything else is equal. */
function holds(answered: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null || typeof answered !== 'object' || answered === null)
    return Object.is(answered, expected)
  if (Array.isArray(expected)) {
    if (!Array.isArray(answered)) return false
    let at = 0
    return expected.every((item) => {
      while (at < answered.length && !holds(answered[at], item)) at++
      return at++ < answered.length
    })
  }
  const own = answered as Readonly<Record<string, unknown>>
  const entries = Object.entries(expected)
  return entries.length === Object.keys(own).length && entries.every(([key, value]) => holds(own[key], value))
}

/** How a refusal is worded is each server's own. */
function withoutWording(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('errors' in value)) return value
  const { data = null, errors } = value as { data?: unknown; errors: readonly { extensions?: { code?: string } }[] }
  // Not a refusal but a failure.
  const failed = errors.some(({ extensions }) => extensions?.code === 'INTERNAL_SERVER_ERROR')
  return { data, refused: !failed }
}
