import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { PorticoError } from '#errors'
import { type Answer, answerOf, asText, formats, withProjectDatabase } from '../database/index.ts'
import { type Report, reports } from '../inspect-reports.ts'
import type { DatabaseOptions } from '../options.ts'
import { platformSchemas } from '../platform-schemas.ts'

export interface InspectOptions extends DatabaseOptions {
  readonly output: keyof typeof formats | 'pretty'
}

/** Prints one report. */
export async function inspectDb(report: Report, { output, ...options }: InspectOptions): Promise<void> {
  const print = formats[output === 'pretty' ? 'table' : output]
  await withClient(options, async (ask) => {
    process.stdout.write(print(await ask(report)))
  })
}

export interface InspectAllOptions extends DatabaseOptions {
  /** Where a folder of today's date is made. */
  readonly outputDir: string
}

/** Writes every report as a file of CSV. */
export async function inspectAll({ outputDir, ...options }: InspectAllOptions): Promise<void> {
  const folder = join(outputDir, new Date().toISOString().slice(0, 10))
  await mkdir(folder, { recursive: true })
  await withClient(options, async (ask) => {
    for (const report of reports) {
      const path = join(folder, `${report.name.replaceAll('-', '_')}.csv`)
      await writeFile(path, formats.csv(await ask(report)))
      console.log(path)
    }
  })
}

/** What a project did not make: its sizes are nobody's concern. */
const leftOut = [...platformSchemas, 'auth', 'storage', 'pg_catalog', 'information_schema']

async function withClient(
  options: DatabaseOptions,
  work: (ask: (report: Report) => Promise<Answer>) => Promise<void>,
): Promise<void> {
  await withProjectDatabase(options, { state: 'bare' }, async ({ database }) => {
    const client = new pg.Client({ ...database.connections.for('postgres'), application_name: 'portico inspect' })
    client.on('error', () => {})
    try {
      await client.connect()
      await work(async ({ name }) => {
        const text = await readFile(new URL(`reports/${name}.sql`, import.meta.url), 'utf8')
        const values = text.includes('$1') ? [leftOut] : []
        const query = { text, values, rowMode: 'array' as const, types: asText }
        return answerOf(await client.query<unknown[]>(query).catch(explain))
      })
    } finally {
      await client.end()
    }
  })
}

function explain(error: unknown): never {
  const lacksStatements = error instanceof pg.DatabaseError && /pg_stat_statements/.test(error.message)
  if (!lacksStatements) throw error
  throw new PorticoError('EXTENSION_UNAVAILABLE', {
    message: `This needs pg_stat_statements, which the server loads at its start and the database makes with create extension: ${error.message}.`,
    cause: error,
  })
}
