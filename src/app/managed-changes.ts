import { createClient, type RealtimeChannel, type SupabaseClient } from '@supabase/supabase-js'
import type { Managed } from '#config'
import type { CallerPool } from '#database'
import { PorticoError } from '#errors'
import type { ChangeSource, TableName } from '#gateway'
import type { Observe } from '#observe'

/** Changes as the Realtime of a Supabase elsewhere tells them, for live queries. */
export interface ManagedChanges extends ChangeSource {
  close(): void
}

/** Everybody who watches one table. */
interface Watched {
  readonly listeners: Set<() => void>
  readonly channel: RealtimeChannel
  readonly ready: Promise<void>
}

export interface ManagedChangesOptions {
  readonly managed: Managed
  readonly callers: Pick<CallerPool, 'run'>
  readonly mode: 'development' | 'production'
  readonly observe: Observe
}

export function managedChanges({ managed, callers, mode, observe }: ManagedChangesOptions): ManagedChanges {
  const { url, secretKey } = managed
  const watched = new Map<string, Watched>()
  let client: SupabaseClient | undefined

  function watchTable({ schema, name }: TableName): Watched {
    const key = `${schema}.${name}`
    const known = watched.get(key)
    if (known) return known
    const listeners = new Set<() => void>()
    const tell = () => {
      for (const listener of listeners) listener()
    }
    client ??= createClient(url, secretKey, { auth: { persistSession: false, autoRefreshToken: false } })
    const channel = client.channel(`portico live ${key}`)
    const ready = new Promise<void>((resolve, reject) => {
      channel
        .on('postgres_changes', { event: '*', schema, table: name }, tell)
        .on('system', {}, ({ extension, status }: { extension?: string; status?: string }) => {
          if (extension !== 'postgres_changes') return
          if (status !== 'ok') return reject(new PorticoError('CHANGES_UNKNOWN'))
          resolve()
          // The first time nobody has missed anything; each time after the connection broke somebody may have.
          tell()
        })
        .subscribe((status) => {
          if (status !== 'SUBSCRIBED') reject(new PorticoError('NOT_READY'))
        })
    })
    const made = { listeners, channel, ready }
    watched.set(key, made)
    ready.catch(() => leave(key, made))
    return made
  }

  function leave(key: string, left: Watched): void {
    if (watched.get(key) !== left) return
    watched.delete(key)
    void client?.removeChannel(left.channel)
  }

  return {
    async watch(tables, onChange) {
      const unpublished = await readUnpublished(callers, tables)
      const missing = tables.find(({ schema, name, ofPolicies }) => !ofPolicies && unpublished.has(`${schema}.${name}`))
      if (missing) {
        const { schema, name } = missing
        const message = `Nothing tells of changes of ${schema}.${name}: alter publication supabase_realtime add table ${schema}.${name}`
        observe({ kind: 'message', level: 'warn', text: message })
        // What is behind a view is not for everybody to know.
        throw new PorticoError('CHANGES_UNKNOWN', mode === 'development' ? { message } : {})
      }
      const all = tables
        .filter(({ schema, name }) => !unpublished.has(`${schema}.${name}`))
        .map((table) => [`${table.schema}.${table.name}`, watchTable(table)] as const)
      for (const [, { listeners }] of all) listeners.add(onChange)
      const stop = () => {
        for (const [key, one] of all) {
          one.listeners.delete(onChange)
          if (one.listeners.size === 0) leave(key, one)
        }
      }
      try {
        await Promise.all(all.map(([, { ready }]) => ready))
      } catch (error) {
        stop()
        throw error
      }
      return stop
    },
    close: () => void client?.realtime.disconnect(),
  }
}

/** Those of the tables that Realtime is not told of; partitions may be published by what they are parts of. */
const query = `
  select coalesce(json_agg(t.schema || '.' || t.name), '[]')::text
  from json_to_recordset($1) as t(schema text, name text)
  join pg_namespace n on n.nspname = t.schema join pg_class c on c.relnamespace = n.oid and c.relname = t.name
  where not exists (
    select from pg_publication_tables p
    join pg_namespace pn on pn.nspname = p.schemaname join pg_class pc on pc.relnamespace = pn.oid and pc.relname = p.tablename
    where p.pubname = 'supabase_realtime'
      and (pc.oid = c.oid or pc.oid in (select relid from pg_partition_ancestors(c.oid))
        or c.relkind = 'p' and c.oid in (select relid from pg_partition_ancestors(pc.oid))))`

async function readUnpublished(
  callers: Pick<CallerPool, 'run'>,
  tables: readonly TableName[],
): Promise<ReadonlySet<string>> {
  const caller = { role: 'service_role', claims: { role: 'service_role' } }
  const statement = { text: query, values: [JSON.stringify(tables)] }
  const [names] = await callers.run(caller, undefined, [statement], { reads: true })
  return new Set(JSON.parse(names ?? '[]') as string[])
}
