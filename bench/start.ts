/**
 * How long a start takes, against what Postgres takes alone on the same files:
 *
 * - initdb, the server's boot to its first query, and this repository's migrations and seed, run file by file by plain
 *   node-postgres on a database that has the platform's schema already (which is not counted). Their sum is the measure.
 * - the first `portico start` on a fresh data folder until `/health` answers 200: at most 3 times the sum. It also makes
 *   the platform's schema, stores the seed's photographs, and builds the API.
 * - later starts: at most 2 times the sum. What Postgres alone takes to boot again is shown beside it.
 *
 * Wall-clock, all in turn in each repetition.
 */
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { applyBaseline, type Connections } from '#database'
import { elapsed, median, plainCluster, printTable, startPortico } from './support/index.ts'

const limits = { first: 3, later: 2 }
const project = join(import.meta.dirname, '..')

interface Repetition {
  readonly initdb: number
  readonly boot: number
  readonly sql: number
  readonly bootAgain: number
  readonly first: number
  readonly later: number
}

/** @param args how many repetitions; 5 unless given */
export async function run([count = '5']: string[]): Promise<boolean> {
  // Once without measuring: files are in the system's cache, compiled code in Node's, links of libraries made.
  await ourStarts()
  const repetitions: Repetition[] = []
  for (let n = 0; n < Number(count); n++) {
    const [alone, ours] =
      n % 2
        ? [await postgresAlone(), await ourStarts()]
        : await ourStarts().then(async (o) => [await postgresAlone(), o] as const)
    repetitions.push({ ...alone, ...ours })
  }
  return report(repetitions)
}

async function postgresAlone(): Promise<Omit<Repetition, 'first' | 'later'>> {
  const cluster = plainCluster()
  try {
    const initdb = await elapsed(() => cluster.initdb())
    const began = performance.now()
    const server = await cluster.boot()
    const boot = performance.now() - began
    const options = { databasePassword: 'postgres', jwtSecret: undefined, jwtExpiry: 3600 }
    await applyBaseline(server.connections(), options)
    const sql = await elapsed(() => projectSql(server.connections()))
    await server.stop()
    const beganAgain = performance.now()
    const again = await cluster.boot()
    const bootAgain = performance.now() - beganAgain
    await again.stop()
    return { initdb, boot, sql, bootAgain }
  } finally {
    cluster.remove()
  }
}

async function projectSql(connections: Connections): Promise<void> {
  const files = [...globSync(join(project, 'supabase/migrations/*.sql')).sort(), join(project, 'supabase/seed.sql')]
  const client = new pg.Client(connections.for('postgres'))
  await client.connect()
  for (const file of files) await client.query(readFileSync(file, 'utf8'))
  await client.end()
}

async function ourStarts(): Promise<Pick<Repetition, 'first' | 'later'>> {
  const data = mkdtempSync(join(tmpdir(), 'portico-bench-'))
  const start = async () => {
    const portico = await startPortico('--project', project, '--data', data)
    await portico.stop()
    return portico.readyAfter
  }
  try {
    return { first: await start(), later: await start() }
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
}

function report(repetitions: readonly Repetition[]): boolean {
  const sums = repetitions.map(({ initdb, boot, sql }) => initdb + boot + sql)
  const first = repetitions.map((each) => each.first)
  const later = repetitions.map((each) => each.later)
  const row = (what: string, values: readonly number[], limit?: number) => {
    const ratio = median(values) / median(sums)
    const verdict = limit === undefined ? '' : `${ratio <= limit ? 'pass' : 'FAIL'} (<= ${limit})`
    const [middle, least] = [median(values), Math.min(...values)].map((ms) => `${Math.round(ms)} ms`)
    return [what, middle ?? '', least ?? '', `${ratio.toFixed(2)} x`, verdict]
  }
  printTable(
    [`start, ${repetitions.length} repetitions`, 'median', 'least', 'of the sum', ''],
    [
      row(
        'initdb',
        repetitions.map(({ initdb }) => initdb),
      ),
      row(
        'Postgres boots',
        repetitions.map(({ boot }) => boot),
      ),
      row(
        "the project's SQL",
        repetitions.map(({ sql }) => sql),
      ),
      row('the sum of these', sums),
      row('portico start, fresh folder', first, limits.first),
      row('portico start, later', later, limits.later),
      row(
        'Postgres boots again',
        repetitions.map(({ bootAgain }) => bootAgain),
      ),
    ],
  )
  const within = (values: readonly number[], limit: number) => median(values) <= limit * median(sums)
  return within(first, limits.first) && within(later, limits.later)
}
