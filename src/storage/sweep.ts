import { sql } from 'kysely'
import type { ObjectKey } from './backend/index.ts'
import type { Database } from './database/index.ts'
import { abandonUploads } from './parted/index.ts'
import type { Stores } from './stores.ts'

export interface Swept {
  /** Uploads that were cut off while being written, or whose client did not come back. */
  readonly interrupted: number
  /** Versions that no row names: their request died before its commit, or before it could remove what it replaced. */
  readonly orphans: number
}

const batchSize = 500

/**
 * Removes the bytes that nobody can reach, of what was last touched before that time; uploads in parts and resumable
 * ones have longer.
 */
export async function sweep(stores: Stores, before: Date, gatheredBefore: Date): Promise<Swept> {
  const { database, backend } = stores
  const abandoned = await abandonUploads(stores, gatheredBefore)
  const interrupted = abandoned + (await backend.discardInterrupted(before, gatheredBefore))
  let orphans = 0
  let batch: ObjectKey[] = []
  const flush = async () => {
    const unnamed = await unnamedOf(database, batch)
    await backend.remove(unnamed)
    orphans += unnamed.length
    batch = []
  }
  for await (const key of backend.list(before)) {
    batch.push(key)
    if (batch.length === batchSize) await flush()
  }
  if (batch.length > 0) await flush()
  return { interrupted, orphans }
}

/**
 * Those of the keys that no row names. Where a file system does not tell `A` from `a`, a key may come back in other
 * letters than its row has, so that a version is not an orphan's before no row at all has it.
 */
async function unnamedOf(database: Database, keys: readonly ObjectKey[]): Promise<ObjectKey[]> {
  const service = database.asService()
  const without = (named: readonly { readonly version: string }[], of: readonly ObjectKey[]) => {
    const versions = new Set(named.map(({ version }) => version))
    return of.filter(({ version }) => !versions.has(version))
  }
  const named = await service.read<ObjectKey>((db) =>
    db
      .selectFrom('storage.objects as object')
      .innerJoin(
        sql<ObjectKey>`jsonb_to_recordset(${JSON.stringify(keys)}::jsonb)`.as<'key'>(
          sql`key(bucket text, name text, version text)`,
        ),
        (join) => join.onRef('key.bucket', '=', 'object.bucket_id').onRef('key.name', '=', 'object.name'),
      )
      .whereRef('key.version', '=', 'object.version')
      .select(['key.bucket', 'key.name', 'key.version']),
  )
  const unnamed = without(named, keys)
  if (unnamed.length === 0) return []
  const versions = JSON.stringify(unnamed.map(({ version }) => version))
  const elsewhere = await service.read<{ version: string }>((db) =>
    db
      .selectFrom('storage.objects')
      .select('version')
      .where(sql<boolean>`version in (select jsonb_array_elements_text(${versions}::jsonb))`)
      .$narrowType<{ version: string }>(),
  )
  return without(elsewhere, unnamed)
}
