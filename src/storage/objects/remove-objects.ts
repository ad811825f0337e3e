import { sql } from 'kysely'
import { type ObjectRow, type Session, withIsoTimes } from '../database/index.ts'
import { StorageError } from '../errors/index.ts'
import { assertBucketName } from '../names.ts'
import { discardBytes, type Stores } from '../stores.ts'
import { findObject, type ObjectAddress } from './find-object.ts'

const batchSize = 500

/** An object as it is answered after a change. */
export type RemovedObject = ObjectRow & {
  /** Empty where nobody is, as Supabase's serialiser writes it. */
  readonly owner: string
  readonly owner_id: string
  readonly last_accessed_at: string
}

/** Removes those of the names that the session may remove, and answers what they were. */
export async function removeObjects(
  stores: Stores,
  session: Session,
  bucket: string,
  names: readonly string[],
): Promise<RemovedObject[]> {
  assertBucketName(bucket)
  const removed: RemovedObject[] = []
  for (let at = 0; at < names.length; at += batchSize) {
    const batch = names.slice(at, at + batchSize)
    const rows = await session.write((trx) =>
      trx
        .deleteFrom('storage.objects')
        .where('bucket_id', '=', bucket)
        .where(sql<boolean>`name = any(${batch})`)
        .returning(objectAsJson)
        .execute(),
    )
    const objects = rows.map((row) => withIsoTimes(row.object))
    await discardBytes(stores, objects.flatMap(keyOf))
    removed.push(...objects)
  }
  return removed
}

/** Removes one object; throws AccessDenied where the session may see but not remove it, NoSuchKey otherwise. */
export async function removeObject(stores: Stores, session: Session, address: ObjectAddress): Promise<void> {
  const removed = await removeObjects(stores, session, address.bucket, [address.name])
  if (removed.length > 0) return
  await findObject(session, address)
  throw new StorageError('AccessDenied')
}

/** Removes every object of a bucket that the session may remove. */
export async function emptyBucket(stores: Stores, session: Session, bucket: string): Promise<void> {
  for (;;) {
    const names = await session.read<{ name: string }>((db) =>
      db.selectFrom('storage.objects').select('name').where('bucket_id', '=', bucket).orderBy('name').limit(batchSize),
    )
    if (names.length === 0) return
    const removed = await removeObjects(
      stores,
      session,
      bucket,
      names.map((row) => row.name),
    )
    if (removed.length === 0) throw new StorageError('AccessDenied')
  }
}

/** The public columns of a row, as Postgres' JSON has them. */
export const objectAsJson = sql<RemovedObject>`json_build_object(
  'id', id, 'bucket_id', bucket_id, 'name', name, 'owner', coalesce(owner::text, ''), 'owner_id', coalesce(owner_id, ''), 'version', version,
  'created_at', created_at, 'updated_at', updated_at, 'last_accessed_at', last_accessed_at,
  'metadata', metadata, 'user_metadata', user_metadata)`.as('object')

function keyOf({ bucket_id, name, version }: ObjectRow) {
  return version === null ? [] : [{ bucket: bucket_id, name, version }]
}
