import type { ColumnType, Generated } from 'kysely'

/** The columns of `storage.buckets` that this service knows. */
interface BucketTable {
  id: string
  name: string
  /** Deprecated in favour of `owner_id`; kept where the owner is a UUID. */
  owner: string | null
  owner_id: string | null
  public: boolean
  file_size_limit: ColumnType<string | null, number | null, number | null>
  allowed_mime_types: string[] | null
  created_at: Generated<Date>
  updated_at: Generated<Date>
  type: Generated<string>
}

/** The columns of `storage.objects` that this service knows. */
interface ObjectTable {
  id: Generated<string>
  bucket_id: string
  name: string
  owner: string | null
  owner_id: string | null
  version: string | null
  metadata: ColumnType<ObjectMetadata | null, string | null, string | null>
  user_metadata: ColumnType<Record<string, unknown> | null, string | null, string | null>
  created_at: Generated<Date>
  updated_at: Generated<Date>
  last_accessed_at: Generated<Date>
}

/** `storage.s3_multipart_uploads`: uploads in parts that are under way. */
interface PartedUploadTable {
  id: string
  in_progress_size: ColumnType<string, number, number>
  /** Supabase signs the size with it; here the table is the service's own. */
  upload_signature: string
  bucket_id: string
  key: string
  version: string
  owner_id: string | null
  user_metadata: ColumnType<Record<string, unknown> | null, string | null, string | null>
  metadata: ColumnType<ObjectMetadata | null, string | null, string | null>
  created_at: Generated<Date>
}

interface PartTable {
  id: Generated<string>
  upload_id: string
  size: ColumnType<string, number, number>
  part_number: number
  bucket_id: string
  key: string
  etag: string
  owner_id: string | null
  version: string
  created_at: Generated<Date>
}

export interface StorageTables {
  'storage.buckets': BucketTable
  'storage.objects': ObjectTable
  'storage.s3_multipart_uploads': PartedUploadTable
  'storage.s3_multipart_uploads_parts': PartTable
}

/** `metadata` of a stored object, with the keys that Supabase Storage writes. */
export interface ObjectMetadata {
  readonly eTag?: string
  /** Bytes. */
  readonly size?: number
  readonly mimetype?: string
  readonly cacheControl?: string
  /** ISO 8601. */
  readonly lastModified?: string
  readonly contentLength?: number
  readonly httpStatusCode?: number
  /** What crawlers may do with it. */
  readonly xRobotsTag?: string
}

/** A bucket as Postgres' JSON has it. */
export interface BucketRow {
  readonly id: string
  readonly name: string
  readonly owner: string | null
  readonly public: boolean
  readonly file_size_limit: number | null
  readonly allowed_mime_types: readonly string[] | null
  readonly created_at: string
  readonly updated_at: string
}

/** An object as Postgres' JSON has it. */
export interface ObjectRow {
  readonly id: string
  readonly bucket_id: string
  readonly name: string
  readonly version: string | null
  readonly metadata: ObjectMetadata | null
  readonly user_metadata: Readonly<Record<string, unknown>> | null
  readonly created_at: string
  readonly updated_at: string
}
