import { sql } from 'kysely'
import type { ObjectMetadata, Session } from '../database/index.ts'
import { assertBucketName } from '../names.ts'

export interface ObjectListing {
  /** A folder; all of it is listed, and the folders directly below as names without an id. */
  readonly prefix: string
  readonly limit?: number | undefined
  readonly offset?: number | undefined
  /** How the names below the folder begin. */
  readonly search?: string | undefined
  readonly sortBy?:
    | {
        readonly column?: 'name' | 'updated_at' | 'created_at' | 'last_accessed_at' | undefined
        readonly order?: 'asc' | 'desc' | undefined
      }
    | undefined
}

export interface ListedObject {
  readonly name: string
  /** Null for a folder, as all that follows. */
  readonly id: string | null
  readonly updated_at: string | null
  readonly created_at: string | null
  readonly last_accessed_at: string | null
  readonly metadata: ObjectMetadata | null
}

/** One level of a folder, as `storage.search` lists it for the caller. */
export async function listObjects(session: Session, bucket: string, listing: ObjectListing): Promise<ListedObject[]> {
  assertBucketName(bucket)
  const { limit = 100, offset = 0, sortBy } = listing
  const column = sortBy?.column ?? 'name'
  // Sorted by name the function compares; sorted by a time it matches patterns.
  const literal = (text: string) => (column === 'name' ? text : text.replace(/[\\%_]/g, '\\$&'))
  const prefix = literal(listing.prefix === '' || listing.prefix.endsWith('/') ? listing.prefix : `${listing.prefix}/`)
  const search = literal(listing.search ?? '')
  const levels = `${prefix}${search}`.split('/').length
  return await session.read((db) =>
    db
      .selectFrom(
        sql<ListedObject>`storage.search(${prefix}, ${bucket}, ${limit}::int, ${levels}::int, ${offset}::int, ${search}, ${column}, ${sortBy?.order ?? 'asc'})`.as(
          'listed',
        ),
      )
      .select(['name', 'id', 'updated_at', 'created_at', 'last_accessed_at', 'metadata']),
  )
}
