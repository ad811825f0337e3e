import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { finished } from 'node:stream/promises'
import pg from 'pg'
import { administer } from '#database'
import { errorMessage, PorticoError } from '#errors'
import { listed } from '../comma-list.ts'
import { withProjectDatabase } from '../database/index.ts'
import { schemaOf } from '../diff/index.ts'
import type { DatabaseOptions } from '../options.ts'
import { stepsOn } from '../steps.ts'
import { dumpData } from './data.ts'
import { dumpRoles } from './roles.ts'

export interface DumpOptions extends DatabaseOptions {
  readonly file?: string
  readonly schema?: string
  readonly exclude?: readonly string[]
  readonly dataOnly?: boolean
  readonly roleOnly?: boolean
  readonly useCopy?: boolean
}

/** Writes the schema, the rows or the roles of a database as SQL. */
export async function dbDump({ file, ...options }: DumpOptions): Promise<void> {
  checkOptions(options)
  await writing(file, async (write) => {
    if (!options.dataOnly && !options.roleOnly) {
      const { schema, dbUrl, project, data } = options
      const given = { project, ...(dbUrl !== undefined && { dbUrl }), ...(data !== undefined && { data }) }
      const observe = stepsOn(process.stderr)
      const { script, warnings } = await schemaOf(given, listed(schema), observe)
      for (const warning of warnings) observe({ kind: 'message', level: 'warn', text: warning })
      return await write(script)
    }
    await withProjectDatabase(options, { state: 'present' }, ({ database }) =>
      administer(database.connections.for('supabase_admin'), async (client) => {
        if (options.roleOnly) return await dumpRoles(client, write)
        const { schema, exclude = [], useCopy = false } = options
        await dumpData(client, { schemas: listed(schema), excluded: exclude, copy: useCopy, write }).catch(refused)
      }),
    )
  })
}

/** A login that may not read a table, or only some of its rows. */
function refused(error: unknown): never {
  if (!(error instanceof pg.DatabaseError)) throw error
  const message = `The database refuses to be read: ${error.message}`
  throw new PorticoError('BAD_USER_INPUT', { message, details: { sqlstate: error.code }, cause: error })
}

function checkOptions({ dataOnly, roleOnly, useCopy, exclude }: Omit<DumpOptions, 'file'>): void {
  const wrong = (message: string) => new PorticoError('BAD_USER_INPUT', { message })
  if (dataOnly && roleOnly) throw wrong('Give --data-only or --role-only, not both.')
  if (!dataOnly && (useCopy || exclude)) throw wrong('--use-copy and --exclude are about rows: add --data-only.')
}

/** Writes to standard output, or to a file that is there once it is whole. */
async function writing(file: string | undefined, work: (write: (text: string) => Promise<void>) => Promise<void>) {
  if (file === undefined) return await work(onto(process.stdout))
  const path = resolve(file)
  const draft = `${path}.part`
  const stream = await opened(draft).catch((cause) => {
    throw new PorticoError('BAD_USER_INPUT', { message: `${file} cannot be written: ${errorMessage(cause)}`, cause })
  })
  try {
    await work(onto(stream))
    stream.end()
    await finished(stream)
    await rename(draft, path)
  } catch (error) {
    stream.destroy()
    await rm(draft, { force: true })
    throw error
  }
  console.error(`Wrote ${relative(process.cwd(), path)}`)
}

async function opened(path: string): Promise<WriteStream> {
  await mkdir(dirname(path), { recursive: true })
  // Rows are the project's secrets.
  const stream = createWriteStream(path, { mode: 0o600 })
  await once(stream, 'open')
  return stream
}

function onto(stream: NodeJS.WritableStream): (text: string) => Promise<void> {
  return (text) => new Promise((done, fail) => stream.write(text, (error) => (error ? fail(error) : done())))
}
