/**
 * A database of 500 tables with 12 columns each: processor time of reading the catalogue and building the GraphQL schema
 * for three roles that may see the same, in a process that has just started, at most 1 s, and what is then held in memory,
 * at most 100 MB.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import pg from 'pg'
import { forkBench, median, plainCluster, printTable } from '../support/index.ts'
import type { BuildOptions, Built } from './build.ts'

const tables = 500
const roles = ['anon', 'authenticated', 'service_role']
const limits = { seconds: 1, megabytes: 100 }

/** Each table refers to the one before it and to one far away. */
const database = `
  create role authenticator login noinherit; ${roles.map((role) => `create role ${role}; grant ${role} to authenticator;`).join(' ')}
  comment on schema public is '@graphql({"inflect_names": true})';
  do $$ begin
    for i in 1..${tables} loop
      execute format('create table item_%s (id bigint primary key, name text not null, note text, amount numeric, active boolean,
        created_at timestamptz, day date, kind int, data jsonb, tags text[], previous_id bigint %s, other_id bigint %s)', i,
        case when i > 1 then format('references item_%s', i - 1) end, case when i > 9 then format('references item_%s', i / 2) end);
    end loop;
  end $$;
  grant select, insert, update, delete on all tables in schema public to ${roles.join()};`

/** @param args how many builds; 5 unless given */
export async function run([count = '5']: string[]): Promise<boolean> {
  const cluster = plainCluster()
  await cluster.initdb()
  const server = await cluster.boot()
  try {
    const connections = server.connections()
    const admin = new pg.Client(connections.for('supabase_admin'))
    await admin.connect()
    await admin.query(database)
    await admin.end()
    const measured = []
    for (let n = 0; n < Number(count); n++) measured.push(await build(connections.for('authenticator')))
    const seconds = median(measured.map((each) => each.seconds))
    const megabytes = median(measured.map((each) => each.megabytes))
    printTable(
      [`${tables} tables, ${roles.length} roles, ${count} builds`, 'median', ''],
      [
        ['processor time', `${seconds.toFixed(2)} s`, verdict(seconds <= limits.seconds, `<= ${limits.seconds} s`)],
        [
          'heap held',
          `${megabytes.toFixed(0)} MB`,
          verdict(megabytes <= limits.megabytes, `<= ${limits.megabytes} MB`),
        ],
      ],
    )
    return seconds <= limits.seconds && megabytes <= limits.megabytes
  } finally {
    await server.stop()
    cluster.remove()
  }
}

function verdict(passes: boolean, limit: string): string {
  return `${passes ? 'pass' : 'FAIL'} (${limit})`
}

/** In a process of its own: code is as cold as in one that has just started. */
async function build(connection: pg.ClientConfig): Promise<Built> {
  const child = forkBench(join(import.meta.dirname, 'build.ts'), { connection, roles } satisfies BuildOptions)
  const [built] = (await once(child, 'message')) as [Built]
  await once(child, 'exit')
  return built
}
