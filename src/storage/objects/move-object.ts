import { randomUUID } from 'node:crypto'
import type { Asker, ObjectRow, Session } from '../database/index.ts'
import { StorageError, wasRolledBack } from '../errors/index.ts'
import { assertBucketName } from '../names.ts'
import { ownerColumns } from '../owner.ts'
import { discardBytes, type Stores } from '../stores.ts'
import { assertAdmitted, copyBytes } from './copy-object.ts'
import { assertAddress, findObject, type ObjectAddress } from './find-object.ts'

export interface Move {
  readonly asker: Asker
  readonly from: ObjectAddress
  readonly to: ObjectAddress
  readonly owner: string | undefined
}

/** Moves an object to another name or bucket, where the caller's policies allow the row to be changed so. */
export async function moveObject(stores: Stores, { asker, from, to, owner }: Move): Promise<{ id: string }> {
  assertBucketName(from.bucket)
  assertAddress(to)
  const session = stores.database.as(asker)
  const service = stores.database.asService(asker)
  const rename = { bucket_id: to.bucket, name: to.name, ...ownerColumns(owner) }
  const key = { ...to, version: randomUUID() }

  const visible = await findObject(session, from)
  await rehearseMove(session, from, { ...rename, version: key.version })
  if (from.bucket === to.bucket && from.name === to.name) return { id: visible.id }
  if (from.bucket !== to.bucket) await assertAdmitted(service, to.bucket, visible.metadata ?? {})

  for (let attempt = 1; attempt <= 3; attempt++) {
    const source = await copyBytes(stores, key, () => findObject(service, from))
    try {
      if (await commitMove(service, source, { ...rename, version: key.version })) {
        if (source.version !== null) await discardBytes(stores, [{ ...from, version: source.version }])
        return { id: source.id }
      }
    } catch (error) {
      if (wasRolledBack(error)) await discardBytes(stores, [key])
      throw error
    }
    await discardBytes(stores, [key])
  }
  throw new StorageError('ResourceLocked')
}

interface Rename {
  readonly bucket_id: string
  readonly name: string
  readonly version: string
}

async function rehearseMove(session: Session, from: ObjectAddress, rename: Rename): Promise<void> {
  await session.rehearse(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('storage.objects')
      .set(rename)
      .where('bucket_id', '=', from.bucket)
      .where('name', '=', from.name)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) throw new StorageError('NoSuchKey')
  })
}

/** False when the row has come to name another version since its bytes were copied. */
async function commitMove(service: Session, source: ObjectRow, rename: Rename): Promise<boolean> {
  const { numUpdatedRows } = await service.write((trx) =>
    trx
      .updateTable('storage.objects')
      .set(rename)
      .where('id', '=', source.id)
      .where('version', '=', source.version)
      .executeTakeFirst(),
  )
  return numUpdatedRows > 0n
}
