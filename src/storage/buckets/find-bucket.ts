import type { BucketRow, Session } from '../database/index.ts'
import { StorageError } from '../errors/index.ts'

const columns = [
  'id',
  'name',
  'owner',
  'public',
  'file_size_limit',
  'allowed_mime_types',
  'created_at',
  'updated_at',
] as const

/** The bucket, if the session may see it; throws NoSuchBucket. */
export async function findBucket(session: Session, id: string): Promise<BucketRow> {
  const [bucket] = await session.read<BucketRow>((db) =>
    db.selectFrom('storage.buckets').select(columns).where('id', '=', id),
  )
  if (!bucket) throw new StorageError('NoSuchBucket')
  return bucket
}

interface BucketListing {
  readonly limit?: number | undefined
  readonly offset?: number | undefined
  readonly sortColumn?: 'id' | 'name' | 'created_at' | 'updated_at' | undefined
  readonly sortOrder?: 'asc' | 'desc' | undefined
  /** Part of the name, in any case. */
  readonly search?: string | undefined
}

/** The buckets that the session may see. */
export function listBuckets(session: Session, listing: BucketListing): Promise<BucketRow[]> {
  const { limit, offset, sortColumn = 'name', sortOrder = 'asc', search } = listing
  return session.read<BucketRow>((db) => {
    let query = db
      .selectFrom('storage.buckets')
      .select([...columns, 'type'])
      .orderBy(sortColumn, sortOrder)
    if (search) query = query.where('name', 'ilike', `%${search.replace(/[\\%_]/g, '\\$&')}%`)
    if (limit !== undefined) query = query.limit(limit)
    if (offset !== undefined) query = query.offset(offset)
    return query
  })
}
