import type { Asker, Session } from '../database/index.ts'
import type { ObjectAddress } from '../objects/index.ts'

/** What lets a request write an object: the caller's policies, or a token that was granted under somebody's before. */
export interface Grant {
  readonly asker: Asker
  readonly session: Session
  readonly owner: string | undefined
  readonly overwrite: boolean
}

/** Throws where the request may not write to the address at all. */
export type GrantFor = (address: ObjectAddress) => Promise<Grant>
