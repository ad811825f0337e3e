import type { HolderFacts } from '#database'
import type { ServicesAccess } from '#gateway'
import type { DataApi, FetchService, FunctionsFront, PassThrough, RealtimeFront, Verify } from '#http'
import type { ChangeSource } from '#realtime'
import type { RealtimeReadings } from './lazy-realtime.ts'

/** Auth, Storage and Functions, wherever they run. */
export interface Services {
  /** Services in this process, by mount path. */
  readonly mounted: ReadonlyMap<string, FetchService>
  /** Edge functions in this process, as the HTTP door calls them. */
  readonly functions: FunctionsFront | undefined
  /** The Data API in this process, the same way. */
  readonly rest: DataApi | undefined
  /** Channels in this process, the same way. */
  readonly realtime: RealtimeFront | undefined
  /** How they do; undefined where nobody has asked for any yet. */
  realtimeReadings(): RealtimeReadings | undefined
  /** Where live queries hear that tables have changed. */
  readonly changes: ChangeSource | undefined
  /** What operators may do, for requests that come from one. */
  readonly operator: ((request: Request) => Promise<Response>) | undefined
  /** Services elsewhere, whose requests pass through. */
  readonly passThrough: PassThrough | undefined
  /** How the gateway reaches them. */
  readonly access: ServicesAccess
  readonly keys: { anonKey: string; serviceRoleKey: string; publishableKey: string; secretKey: string }
  /** What else to tell whoever started them, under the names of `supabase status`. */
  readonly facts: HolderFacts
  readonly verify: Verify
  /** Whether they answer. */
  ready(): Promise<boolean>
  /** What must have happened before requests are answered. */
  prepare(): Promise<void>
  /** What may happen once requests are answered. */
  warm(): Promise<void>
  close(): Promise<void>
}
