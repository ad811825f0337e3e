import type { Upload } from '@tus/server'
import { type ObjectKey, type Resumable, settledMark } from '../backend/index.ts'
import { findBucket } from '../buckets/index.ts'
import { completeObject, limitsOf } from '../objects/index.ts'
import type { Stores } from '../stores.ts'
import type { Grant } from './grant.ts'
import { aboutObject } from './upload-request.ts'

/**
 * Makes a complete upload the content of its object, once. A request that died before it could say so is made up for
 * by the next one.
 */
export async function commitUpload(
  stores: Stores,
  resumable: Resumable,
  upload: Upload,
  grant: Grant,
  projectLimit: number,
): Promise<void> {
  const { id, metadata = {} } = upload
  const version = resumable.versionOf(id)
  if (version === undefined || metadata[settledMark]) return
  const { address, ...about } = aboutObject(metadata)
  const key = { ...address, version }
  if (!(await isCommitted(stores, key))) {
    const bucket = await findBucket(stores.database.asService(), address.bucket)
    const limits = limitsOf(bucket, address.name, projectLimit)
    const stored = await resumable.finish(id, key)
    await completeObject(stores, { ...grant, ...about, limits, key, stored })
  }
  await resumable.settle(id)
}

async function isCommitted({ database }: Stores, { bucket, name, version }: ObjectKey): Promise<boolean> {
  const rows = await database
    .asService()
    .read((db) =>
      db
        .selectFrom('storage.objects')
        .select('id')
        .where('bucket_id', '=', bucket)
        .where('name', '=', name)
        .where('version', '=', version),
    )
  return rows.length > 0
}
