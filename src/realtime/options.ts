import type { ClientConfig } from 'pg'
import type { CallerPool } from '#database'
import type { Observe } from '#observe'
import type { DatabaseMessages, TableChanges } from './channels/index.ts'
import type { Limits } from './limits.ts'
import type { Verify } from './token.ts'

/** What Realtime needs of the rest. */
export interface RealtimeOptions {
  readonly callers: CallerPool
  /** The login that becomes any caller. */
  readonly authenticator: ClientConfig
  readonly verify: Verify
  readonly observe: Observe
  readonly limits?: Partial<Limits>
  /** Nobody joins a channel without `private`. */
  readonly privateOnly?: boolean | undefined
  readonly tableChanges?: TableChanges | undefined
  readonly databaseMessages?: DatabaseMessages | undefined
  /** Whoever may write Portico's own tables, where there may be other processes on the database. */
  readonly peersLogin?: ClientConfig | undefined
}
