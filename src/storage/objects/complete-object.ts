import type { Transaction } from 'kysely'
import type { ObjectKey, StoredBytes } from '../backend/index.ts'
import { assertMimeAllowed } from '../buckets/index.ts'
import type { Asker, Session, StorageTables } from '../database/index.ts'
import { StorageError } from '../errors/index.ts'
import { discardBytes, type Stores } from '../stores.ts'
import { commitObject, rehearseObject } from './commit-object.ts'
import { assertContentAllowed, headSize } from './sniff.ts'
import { type Limits, metadataOf } from './store-bytes.ts'

interface Completion {
  readonly asker: Asker
  /** Whose policies decide. */
  readonly session: Session
  readonly owner: string | undefined
  readonly overwrite: boolean
  readonly limits: Limits
  readonly key: ObjectKey
  readonly stored: StoredBytes
  readonly mimeType: string
  readonly cacheControl: string
  readonly userMetadata: Readonly<Record<string, unknown>>
  /** Done in the transaction that commits the object. */
  readonly alongside?: (trx: Transaction<StorageTables>) => Promise<void>
}

/**
 * Makes bytes that came over several requests, and are in their place, the content of an object. Where that is refused
 * or fails they stay: the client may ask once more, and the sweep takes what nobody asks for.
 */
export async function completeObject(stores: Stores, completion: Completion): Promise<{ id: string }> {
  const { asker, session, owner, overwrite, limits, key, stored, mimeType, cacheControl, userMetadata } = completion
  if (stored.size > limits.size) throw new StorageError('EntityTooLarge')
  assertMimeAllowed(mimeType, limits.mimeTypes)
  if (limits.mimeTypes?.length) await assertContentAllowed(await headOf(stores, key), mimeType, limits.mimeTypes)

  const object = { ...key, owner, userMetadata, metadata: metadataOf(stored, mimeType, cacheControl) }
  await rehearseObject(session, object, overwrite)
  const service = stores.database.asService(asker)
  const { id, replaced } = await commitObject(service, object, overwrite, completion.alongside)
  if (replaced !== undefined && replaced !== key.version) await discardBytes(stores, [{ ...key, version: replaced }])
  return { id }
}

async function headOf({ backend }: Stores, key: ObjectKey): Promise<Uint8Array> {
  const bytes = await backend.open(key)
  if (!bytes || bytes.size === 0) {
    await bytes?.close()
    return Buffer.alloc(0)
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes.stream({ first: 0, last: Math.min(headSize, bytes.size) - 1 })) chunks.push(chunk)
  return Buffer.concat(chunks)
}
