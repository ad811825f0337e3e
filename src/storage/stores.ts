import { errorMessage } from '#errors'
import type { Observe } from '#observe'
import type { Backend, ObjectKey, PartedUpload } from './backend/index.ts'
import type { Database } from './database/index.ts'

/** The two places an object lives in: its row and its bytes. */
export interface Stores {
  readonly database: Database
  readonly backend: Backend
  readonly observe: Observe
}

/** Removes bytes that no row names any more. What cannot be removed now is left to the sweep. */
export async function discardBytes(stores: Stores, keys: readonly ObjectKey[]): Promise<void> {
  await orLater(stores, 'bytes of removed objects', stores.backend.remove(keys))
}

/** Removes the parts of an upload that has ended. What cannot be removed now is left to the sweep. */
export async function discardParts(stores: Stores, upload: PartedUpload): Promise<void> {
  await orLater(stores, 'parts of an upload', stores.backend.parts.abandon(upload))
}

async function orLater({ observe }: Stores, what: string, removal: Promise<void>): Promise<void> {
  try {
    await removal
  } catch (error) {
    const text = `${what} could not be removed; the sweep will try again`
    observe({ kind: 'message', level: 'warn', text, data: { reason: errorMessage(error) } })
  }
}
