import pg from 'pg'
import { type DumpedTable, refreshesOf, sequencesOf, tablesOf } from './tables.ts'

export interface DataOptions {
  readonly schemas: readonly string[]
  /** `schema.table` */
  readonly excluded: readonly string[]
  /** `copy … from stdin` in place of `insert`. */
  readonly copy: boolean
  /** Takes a part of the dump, and resolves when there is room for more. */
  readonly write: (text: string) => Promise<void>
}

const batch = 500

/**
 * Writes the rows of the project's tables, accounts and files among them, as one moment saw them. They are read back with
 * triggers and foreign keys put off, in any order.
 */
export async function dumpData(client: pg.ClientBase, { schemas, excluded, copy, write }: DataOptions): Promise<void> {
  await client.query(`begin isolation level repeatable read read only; set local search_path = pg_catalog;
    set local row_security = off; set local datestyle = iso; set local intervalstyle = postgres; set local extra_float_digits = 3`)
  await write('set session_replication_role = replica;\n\n')
  for (const table of await tablesOf(client, schemas, excluded)) {
    if (table.columns.length > 0) await (copy ? copyRows : insertRows)(client, table, write)
  }
  const behind = [...(await sequencesOf(client, schemas)), ...(await refreshesOf(client, schemas))]
  for (const statement of behind) await write(`${statement}\n`)
  await write('\nreset all;\n')
  await client.query('commit')
}

type Write = DataOptions['write']

async function insertRows(client: pg.ClientBase, { name, columns }: DumpedTable, write: Write): Promise<void> {
  const values = columns.map((column) => `quote_nullable(${column}::text)`).join(", ', ', ")
  await client.query(
    `declare portico_dump no scroll cursor for select concat('  (', ${values}, ')') as line from ${name}`,
  )
  for (let isFirst = true; ; isFirst = false) {
    const { rows } = await client.query<{ line: string }>(`fetch ${batch} from portico_dump`)
    if (rows.length > 0) {
      const into = `insert into ${name} (${columns.join(', ')}) overriding system value values\n`
      await write(`${into}${rows.map(({ line }) => line).join(',\n')};\n`)
    }
    if (rows.length < batch) {
      if (rows.length > 0 || !isFirst) await write('\n')
      break
    }
  }
  await client.query('close portico_dump')
}

/** What pg's connection tells of `copy … to stdout`, besides what its types do. */
interface CopyOut {
  readonly chunk: Buffer
}

async function copyRows(client: pg.ClientBase, { name, columns }: DumpedTable, write: Write): Promise<void> {
  const list = columns.join(', ')
  let writing = write(`copy ${name} (${list}) from stdin;\n`)
  await new Promise<void>((resolve, reject) => {
    const query = new pg.Query(`copy (select ${list} from ${name}) to stdout`, (error?: Error | null) =>
      error ? reject(error) : resolve(),
    )
    const handleCopyData = ({ chunk }: CopyOut) => {
      writing = writing.then(() => write(chunk.toString()))
    }
    client.query(Object.assign(query, { handleCopyData }))
  })
  await writing
  await write('\\.\n\n')
}
