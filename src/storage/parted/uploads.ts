import { randomUUID } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { Part, PartedUpload } from '../backend/index.ts'
import type { ObjectMetadata, Session, StorageTables } from '../database/index.ts'
import { StorageError } from '../errors/index.ts'
import type { ObjectAddress } from '../objects/index.ts'
import type { Stores } from '../stores.ts'

/** An upload in parts that is under way, as its row has it. */
export interface Upload extends PartedUpload {
  readonly owner: string | undefined
  /** What was said of the object when the upload began. */
  readonly metadata: ObjectMetadata
  readonly userMetadata: Readonly<Record<string, unknown>>
}

interface UploadRow {
  readonly id: string
  readonly bucket_id: string
  readonly key: string
  readonly version: string
  readonly owner_id: string | null
  readonly metadata: ObjectMetadata | null
  readonly user_metadata: Readonly<Record<string, unknown>> | null
}

const columns = ['id', 'bucket_id', 'key', 'version', 'owner_id', 'metadata', 'user_metadata'] as const

/** Begins an upload; its row comes after the backend knows of it. */
export async function beginUpload(
  { backend }: Stores,
  service: Session,
  address: ObjectAddress,
  about: Pick<Upload, 'owner' | 'metadata' | 'userMetadata'>,
): Promise<string> {
  const key = { ...address, version: randomUUID() }
  const id = await backend.parts.begin(key)
  await service.write((trx) =>
    trx
      .insertInto('storage.s3_multipart_uploads')
      .values({
        id,
        upload_signature: '',
        in_progress_size: 0,
        bucket_id: address.bucket,
        key: address.name,
        version: key.version,
        owner_id: about.owner ?? null,
        metadata: JSON.stringify(about.metadata),
        user_metadata: JSON.stringify(about.userMetadata),
      })
      .execute(),
  )
  return id
}

/** The upload of that id for that object; throws NoSuchUpload. */
export async function findUpload(service: Session, id: string, { bucket, name }: ObjectAddress): Promise<Upload> {
  const [row] = await service.read<UploadRow>((db) =>
    db
      .selectFrom('storage.s3_multipart_uploads')
      .select(columns)
      .where('id', '=', id)
      .where('bucket_id', '=', bucket)
      .where('key', '=', name),
  )
  if (!row) throw new StorageError('NoSuchUpload')
  return uploadOf(row)
}

/** Remembers a part that was stored, in place of one with its number. Throws NoSuchUpload, EntityTooLarge. */
export async function recordPart(
  service: Session,
  { id, key, owner }: Upload,
  part: Part & { readonly size: number },
  limit: number,
): Promise<void> {
  await service.write(async (trx) => {
    await lockUpload(trx, id)
    const parts = 'storage.s3_multipart_uploads_parts'
    await trx.deleteFrom(parts).where('upload_id', '=', id).where('part_number', '=', part.number).execute()
    const { total } = await trx
      .selectFrom(parts)
      .select((eb) => eb.fn.coalesce(eb.fn.sum<string>('size'), eb.val('0')).as('total'))
      .where('upload_id', '=', id)
      .executeTakeFirstOrThrow()
    if (Number(total) + part.size > limit) throw new StorageError('EntityTooLarge')
    await trx
      .insertInto(parts)
      .values({
        upload_id: id,
        size: part.size,
        part_number: part.number,
        bucket_id: key.bucket,
        key: key.name,
        etag: part.eTag,
        owner_id: owner ?? null,
        version: key.version,
      })
      .execute()
  })
}

/** Throws NoSuchUpload for one that has ended meanwhile. */
async function lockUpload(trx: Transaction<StorageTables>, id: string): Promise<void> {
  const held = await trx
    .selectFrom('storage.s3_multipart_uploads')
    .select('id')
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  if (!held) throw new StorageError('NoSuchUpload')
}

/** Ends an upload in the transaction that commits what came of it. Throws NoSuchUpload for one that has ended. */
export async function endUpload(trx: Transaction<StorageTables>, id: string): Promise<void> {
  const ended = await trx.deleteFrom('storage.s3_multipart_uploads').where('id', '=', id).executeTakeFirst()
  if (ended.numDeletedRows === 0n) throw new StorageError('NoSuchUpload')
}

/** Ends uploads that nothing has come to since before a time, and removes their parts. Answers how many. */
export async function abandonUploads({ backend, database }: Stores, before: Date): Promise<number> {
  const service = database.asService()
  const idle = await service.read<UploadRow>((db) =>
    db
      .selectFrom('storage.s3_multipart_uploads as upload')
      .select(columns)
      .where('created_at', '<', before)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('storage.s3_multipart_uploads_parts as part')
              .select('part.id')
              .whereRef('part.upload_id', '=', 'upload.id')
              .where('part.created_at', '>=', before),
          ),
        ),
      ),
  )
  for (const row of idle) {
    await service.write((trx) => trx.deleteFrom('storage.s3_multipart_uploads').where('id', '=', row.id).execute())
    await backend.parts.abandon(uploadOf(row))
  }
  return idle.length
}

function uploadOf(row: UploadRow): Upload {
  return {
    id: row.id,
    key: { bucket: row.bucket_id, name: row.key, version: row.version },
    owner: row.owner_id ?? undefined,
    metadata: row.metadata ?? {},
    userMetadata: row.user_metadata ?? {},
  }
}
