import { type Compilable, type Kysely, sql, type Transaction } from 'kysely'
import { type Caller, type CallerPool, createCompiler, type RequestInfo, type Statement } from '#database'
import { fromDatabase } from '../errors/index.ts'
import type { StorageTables } from './tables.ts'

/** Who asks, and for what; nobody, where only what is public is asked for. */
export interface Asker<C extends Caller | undefined = Caller> {
  readonly caller: C
  readonly request: RequestInfo | undefined
  /** What `storage.operation()` tells a policy: `storage.object.upload`. */
  readonly operation: string
}

/** The database as one caller sees it. Errors are Storage's. */
export interface Session {
  /** Rows of one query in one round trip, as Postgres' own JSON has them, with times in ISO 8601 and UTC. */
  read<T>(build: (db: Kysely<StorageTables>) => Compilable<T>): Promise<T[]>
  /** A transaction. */
  write<T>(work: (trx: Transaction<StorageTables>) => Promise<T>): Promise<T>
  /** Throws what the work would throw, and leaves nothing of it. */
  rehearse(work: (trx: Transaction<StorageTables>) => Promise<unknown>): Promise<void>
}

const compiler = createCompiler<StorageTables>()

/** The columns that hold a time. */
const times = ['created_at', 'updated_at', 'last_accessed_at'] as const

/** Times as JavaScript writes them, which is how Storage's clients have always seen them. */
export function withIsoTimes<T>(row: T): T {
  const written = row as Record<string, unknown>
  const told = times.filter((column) => typeof written[column] === 'string')
  if (told.length === 0) return row
  return {
    ...row,
    ...Object.fromEntries(told.map((column) => [column, new Date(written[column] as string).toISOString()])),
  }
}

export const serviceCaller: Caller = { role: 'service_role', claims: { role: 'service_role' } }

class Rehearsed extends Error {}

export function createSession(callers: CallerPool, { caller, request, operation }: Asker): Session {
  const write = async <T>(work: (trx: Transaction<StorageTables>) => Promise<T>): Promise<T> => {
    try {
      return await callers.transaction<StorageTables, T>(caller, request, async (trx) => {
        await settings(operation).execute(trx)
        return await work(trx)
      })
    } catch (error) {
      throw fromDatabase(error)
    }
  }
  return {
    write,
    async read<T>(build: (db: Kysely<StorageTables>) => Compilable<T>) {
      const { sql: text, parameters } = build(compiler).compile()
      const rows: Statement = {
        text: `select coalesce(json_agg(answer), '[]') from (${text}) answer`,
        values: parameters,
      }
      try {
        // The service passes by policies, which are all that a read could ask for the operation.
        const before = caller === serviceCaller ? [] : [compiledSettings(operation)]
        const json = (await callers.run(caller, request, [...before, rows], { reads: true })).at(-1)
        return (JSON.parse(json ?? '[]') as T[]).map(withIsoTimes)
      } catch (error) {
        throw fromDatabase(error)
      }
    },
    async rehearse(work) {
      try {
        await write(async (trx) => {
          await work(trx)
          throw new Rehearsed()
        })
      } catch (error) {
        if (!(error instanceof Rehearsed)) throw error
      }
    },
  }
}

/** What Storage's own functions and triggers look at: the operation, and that a delete comes through the API. */
function settings(operation: string) {
  return sql`select set_config('storage.operation', ${operation}, true),
    set_config('storage.allow_delete_query', 'true', true),
    set_config('lock_timeout', '5s', true)`
}

function compiledSettings(operation: string): Statement {
  const { sql: text, parameters } = settings(operation).compile(compiler)
  return { text, values: parameters }
}
