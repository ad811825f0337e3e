import { sql } from 'kysely'
import type { Session } from '../database/index.ts'

interface StoredPart {
  readonly number: number
  readonly eTag: string
  readonly size: number
  readonly lastModified: string
}

/** The parts of an upload by their numbers, those behind `after`. */
export async function listParts(service: Session, id: string, after = 0, limit = 10_000): Promise<StoredPart[]> {
  return await service.read((db) =>
    db
      .selectFrom('storage.s3_multipart_uploads_parts')
      .select(['part_number as number', 'etag as eTag'])
      .select([sql<number>`size`.as('size'), sql<string>`created_at`.as('lastModified')])
      .where('upload_id', '=', id)
      .where('part_number', '>', after)
      .orderBy('part_number')
      .limit(limit),
  )
}

interface UnderWay {
  readonly id: string
  readonly key: string
  readonly created_at: string
}

interface UploadsListing {
  readonly prefix: string
  readonly limit: number
  /** The key and the id that the listing goes on behind. */
  readonly after: { readonly key: string; readonly id: string } | undefined
}

/** The uploads of a bucket that are under way, by key and time. */
export function listUploads(service: Session, bucket: string, listing: UploadsListing): Promise<UnderWay[]> {
  const { prefix, limit, after } = listing
  return service.read((db) => {
    let query = db
      .selectFrom('storage.s3_multipart_uploads')
      .select(['id', 'key', sql<string>`created_at`.as('created_at')])
      .where('bucket_id', '=', bucket)
      .orderBy('key')
      .orderBy('id')
      .limit(limit)
    if (prefix !== '') query = query.where(sql<boolean>`starts_with(key, ${prefix})`)
    if (after?.id) query = query.where(sql<boolean>`(key, id) > (${after.key}, ${after.id})`)
    else if (after) query = query.where('key', '>', after.key)
    return query
  })
}
