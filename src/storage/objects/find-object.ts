import { sql } from 'kysely'
import type { Caller } from '#database'
import type { Asker, ObjectMetadata, ObjectRow, Session } from '../database/index.ts'
import { StorageError } from '../errors/index.ts'
import { assertBucketName, assertObjectName } from '../names.ts'
import type { Stores } from '../stores.ts'

/** Where an object is, for those who ask. */
export interface ObjectAddress {
  readonly bucket: string
  readonly name: string
}

const columns = ['id', 'bucket_id', 'name', 'version', 'metadata', 'user_metadata', 'created_at', 'updated_at'] as const

export function assertAddress({ bucket, name }: ObjectAddress): void {
  assertBucketName(bucket)
  assertObjectName(name)
}

/** The object, if the session may see it; throws NoSuchKey. */
export async function findObject(session: Session, { bucket, name }: ObjectAddress): Promise<ObjectRow> {
  const [object] = await session.read<ObjectRow>((db) =>
    db.selectFrom('storage.objects').select(columns).where('bucket_id', '=', bucket).where('name', '=', name),
  )
  if (!object) throw new StorageError('NoSuchKey')
  return object
}

/** Those of the names that the session may see. */
export async function findNames(session: Session, bucket: string, names: readonly string[]): Promise<Set<string>> {
  const rows = await session.read<{ name: string }>((db) =>
    db.selectFrom('storage.objects').select('name').where('bucket_id', '=', bucket).where(isOneOf(names)),
  )
  return new Set(rows.map((row) => row.name))
}

/** What those of the names hold that the session may see: all that is needed to know whether a file has changed. */
export async function findContents(
  session: Session,
  bucket: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, ObjectMetadata>> {
  const rows = await session.read<Pick<ObjectRow, 'name' | 'metadata'>>((db) =>
    db.selectFrom('storage.objects').select(['name', 'metadata']).where('bucket_id', '=', bucket).where(isOneOf(names)),
  )
  return new Map(rows.map(({ name, metadata }) => [name, metadata ?? {}]))
}

/** One parameter, however many names. */
function isOneOf(names: readonly string[]) {
  return sql<boolean>`name in (select jsonb_array_elements_text(${JSON.stringify(names)}::jsonb))`
}

type BucketAndObject = ObjectRow & { readonly public: boolean }

/** The object of a public bucket, whoever asks; throws NoSuchBucket for one that is not public. */
export async function findPublicObject(
  { database }: Stores,
  asker: Omit<Asker, 'caller'>,
  address: ObjectAddress,
): Promise<ObjectRow> {
  assertAddress(address)
  const found = await findInBucket(database.asService(asker), address)
  if (!found?.public) throw new StorageError('NoSuchBucket')
  if (found.id === null) throw new StorageError('NoSuchKey')
  return found
}

/**
 * The object, if its bucket is public or row-level security lets the caller see it. Without a caller only public
 * buckets exist.
 */
export async function findReadableObject(
  { database }: Stores,
  asker: Asker<Caller | undefined>,
  address: ObjectAddress,
): Promise<ObjectRow> {
  assertAddress(address)
  const { caller } = asker
  const found = await findInBucket(database.asService(asker), address)
  if (!found || !(found.public || caller)) throw new StorageError('NoSuchBucket')
  if (!found.public && caller) return await findObject(database.as({ ...asker, caller }), address)
  if (found.id === null) throw new StorageError('NoSuchKey')
  return found
}

/** The bucket's openness beside the object's columns, which are null when there is no such object. */
async function findInBucket(session: Session, { bucket, name }: ObjectAddress) {
  const [found] = await session.read<BucketAndObject | (Omit<BucketAndObject, 'id'> & { readonly id: null })>((db) =>
    db
      .selectFrom('storage.buckets')
      .leftJoin('storage.objects', (join) =>
        join.onRef('storage.objects.bucket_id', '=', 'storage.buckets.id').on('storage.objects.name', '=', name),
      )
      .select(['storage.buckets.public', ...columns.map((column) => `storage.objects.${column}` as const)])
      .where('storage.buckets.id', '=', bucket),
  )
  return found
}
