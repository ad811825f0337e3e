/**
 * `node test/conformance/pg-graphql/run.ts CHECKOUT [--only NAME] [--show]`: asks Portico, over HTTP, everything that
 * the regress files of a pg_graphql checkout ask, and writes docs/pg_graphql-compatibility.md.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { applyBaseline, holdDataFolder, startPostgres } from '#database'
import { silent } from '#observe'
import { readRegressFile } from './regress-file.ts'
import { reportOf, verdictOf } from './report.ts'
import { type Outcome, runFile } from './run-file.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, show: { type: 'boolean', default: false } },
})
const [checkout = '.'] = positionals
const files = readdirSync(join(checkout, 'test/sql'))
  .map((file) => file.replace('.sql', ''))
  .filter((name) => !values.only || values.only.split(',').includes(name))

const path = mkdtempSync(join(tmpdir(), 'portico-regress-'))
const folder = holdDataFolder(path)
const server = await startPostgres({ folder, settings: { synchronous_commit: 'off' }, observe: silent })
await applyBaseline(server.connections(), { databasePassword: 'postgres', jwtSecret: 'x'.repeat(40), jwtExpiry: 3600 })
const admin = new pg.Client(server.connections().for('supabase_admin'))
await admin.connect()
const roles = new Set(
  (await admin.query<{ rolname: string }>('select rolname from pg_roles')).rows.map((row) => row.rolname),
)
await admin.end()

const outcomes = new Map<string, readonly Outcome[]>()
try {
  for (const name of files) {
    const read = (kind: string, extension: string) =>
      readFileSync(join(checkout, 'test', kind, `${name}.${extension}`), 'utf8')
    if (!existsSync(join(checkout, 'test/expected', `${name}.out`))) continue
    outcomes.set(name, await runFile(server, roles, readRegressFile(read('sql', 'sql'), read('expected', 'out'))))
  }
} finally {
  await server.stop()
  folder.release()
  rmSync(path, { recursive: true })
}

if (values.show)
  for (const [name, own] of outcomes)
    for (const outcome of own.filter(({ answers }) => answers !== 'same'))
      console.log(JSON.stringify({ name, ...outcome }))
const { asked, same, more, unexplained } = verdictOf(outcomes)
console.error(`${same} of ${asked} alike, ${more.length} with more; unexplained: ${unexplained.join(', ') || 'none'}`)
if (!values.only) {
  const version = /^version = "(.*)"/m.exec(readFileSync(join(checkout, 'Cargo.toml'), 'utf8'))?.[1] ?? ''
  writeFileSync('docs/pg_graphql-compatibility.md', reportOf(outcomes, version))
}
process.exitCode = unexplained.length > 0 ? 1 : 0
