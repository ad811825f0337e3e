import { errorMessage } from '#errors'
import type { Observe } from '#observe'
import type { Backend, ObjectKey } from './backend/index.ts'
import type { Database } from './database/index.ts'

/** The two places an object lives in: its row and its bytes. */
export interface Stores {
  readonly database: Database
  readonly backend: Backend
  readonly observe: Observe
}

/** Removes bytes that no row names any more. What cannot be removed now is left to the sweep. */
export async function discardBytes({ backend, observe }: Stores, keys: readonly ObjectKey[]): Promise<void> {
  try {
    await backend.remove(keys)
  } catch (error) {
    observe({
      kind: 'message',
      level: 'warn',
      text: 'bytes of removed objects could not be removed; the sweep will try again',
      data: { reason: errorMessage(error) },
    })
  }
}
