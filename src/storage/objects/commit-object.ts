import type { Transaction } from 'kysely'
import type { ObjectKey } from '../backend/index.ts'
import type { ObjectMetadata, Session, StorageTables } from '../database/index.ts'
import { StorageError } from '../errors/index.ts'
import { ownerColumns } from '../owner.ts'
import type { ObjectAddress } from './find-object.ts'

/** A row of `storage.objects` to be. */
export interface NewObject extends ObjectAddress {
  readonly version: string
  readonly owner: string | undefined
  readonly metadata: ObjectMetadata
  readonly userMetadata: Readonly<Record<string, unknown>>
}

export interface Committed {
  readonly id: string
  /** The version that was there before, whose bytes nobody needs any more. */
  readonly replaced: string | undefined
}

type Trx = Transaction<StorageTables>

/**
 * Throws what the caller's policies say against storing the object, and KeyAlreadyExists for a name that is taken.
 * Leaves nothing.
 */
export async function rehearseObject(session: Session, object: NewObject, overwrite: boolean): Promise<void> {
  await asKeyConflict(session.rehearse((trx) => (overwrite ? upsert(trx, object) : insert(trx, object)).execute()))
}

/** Makes the version the object's content; what is done alongside happens in the same transaction. */
export async function commitObject(
  session: Session,
  object: NewObject,
  overwrite: boolean,
  alongside: (trx: Trx) => Promise<void> = async () => {},
): Promise<Committed> {
  return await asKeyConflict(
    session.write(async (trx) => {
      await alongside(trx)
      if (overwrite) return await replace(trx, object)
      const { id } = await insert(trx, object).returning('id').executeTakeFirstOrThrow()
      return { id, replaced: undefined }
    }),
  )
}

/**
 * Makes each version the content of its object, whatever that was before: of all or, if one is refused, of none.
 *
 * @param begin is told which one comes next
 * @returns the versions that were there before
 */
export async function commitObjects(
  session: Session,
  objects: readonly NewObject[],
  begin: (object: NewObject) => void,
): Promise<ObjectKey[]> {
  return await session.write(async (trx) => {
    const before: ObjectKey[] = []
    for (const object of objects) {
      begin(object)
      const { replaced } = await replace(trx, object)
      if (replaced !== undefined) before.push({ bucket: object.bucket, name: object.name, version: replaced })
    }
    return before
  })
}

/** Updates the row or inserts it, and learns which version it named: the lock keeps two overwrites apart. */
async function replace(trx: Trx, object: NewObject): Promise<Committed> {
  for (;;) {
    const held = await trx
      .selectFrom('storage.objects')
      .select(['id', 'version'])
      .where('bucket_id', '=', object.bucket)
      .where('name', '=', object.name)
      .forUpdate()
      .executeTakeFirst()
    if (held) {
      await trx.updateTable('storage.objects').set(contentColumns(object)).where('id', '=', held.id).execute()
      return { id: held.id, replaced: held.version ?? undefined }
    }
    const inserted = await insert(trx, object)
      .onConflict((conflict) => conflict.columns(['name', 'bucket_id']).doNothing())
      .returning('id')
      .executeTakeFirst()
    if (inserted) return { id: inserted.id, replaced: undefined }
  }
}

function insert(trx: Trx, object: NewObject) {
  return trx
    .insertInto('storage.objects')
    .values({ bucket_id: object.bucket, name: object.name, ...contentColumns(object) })
}

function upsert(trx: Trx, object: NewObject) {
  return insert(trx, object)
    .onConflict((conflict) => conflict.columns(['name', 'bucket_id']).doUpdateSet(contentColumns(object)))
    .returning('id')
}

function contentColumns({ version, owner, metadata, userMetadata }: NewObject) {
  return {
    version,
    ...ownerColumns(owner),
    metadata: JSON.stringify(metadata),
    user_metadata: JSON.stringify(userMetadata),
  }
}

async function asKeyConflict<T>(done: Promise<T>): Promise<T> {
  try {
    return await done
  } catch (error) {
    if (error instanceof StorageError && error.code === 'ResourceAlreadyExists') {
      throw new StorageError('KeyAlreadyExists', { cause: error.cause })
    }
    throw error
  }
}
