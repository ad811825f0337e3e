import type pg from 'pg'
import type { Connections, Listener } from '#database'
import type { Observe } from '#observe'

/** What set a function off: a database webhook, or a request that SQL made with pg_net. */
export type Trigger = 'webhook' | 'net'

/** Answers a request to one of the project's own functions (`/functions/v1/NAME`) in this process. */
export type CallFunction = (request: Request, trigger: Trigger) => Promise<Response>

/** What this backend is called. */
export interface Addresses {
  /** Where it listens on this machine: `http://127.0.0.1:54321`. */
  readonly local: string
  readonly externalUrl: string
  /** `[api].port`, which SQL and config.toml may name though another was taken. */
  readonly configuredPort: number
}

/** What events need of the rest: the database, the functions that they call, and who may be reached. */
export interface EventsOptions {
  readonly connections: Connections
  /** How the owner of a cron job logs in; it answers for itself if it may not. */
  readonly loginAs: (role: string) => pg.ClientConfig
  /** Where there is none, or a pooler stands before it, no notification arrives: the log is looked at every few seconds. */
  readonly listener: Listener | undefined
  readonly functions: {
    readonly call: CallFunction
    /** Carried by a webhook to a function that names no `Authorization` of its own. */
    readonly serviceRoleKey: string
  }
  readonly addresses: Addresses
  /** Whether requests may reach public addresses only: others can reach this backend, and with it what it reaches. */
  readonly guarded: boolean
  readonly observe: Observe
}
