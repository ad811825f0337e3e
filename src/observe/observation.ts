/** Everything Portico reports about itself: one union, and handlers (logs, metrics, progress) that each take what they need. */
export type Observation =
  /** A step of starting or stopping: `begin` once, then `end` or `fail`. */
  | { readonly kind: 'phase'; readonly name: string; readonly state: 'begin' }
  | {
      readonly kind: 'phase'
      readonly name: string
      readonly state: 'end'
      readonly ms: number
      readonly note?: string
    }
  | {
      readonly kind: 'phase'
      readonly name: string
      readonly state: 'fail'
      readonly ms: number
      readonly error: unknown
    }
  /** One answered HTTP request. `route` is a service's name, never a raw path (paths may hold tokens). */
  | {
      readonly kind: 'request'
      readonly id: string
      readonly method: string
      readonly route: string
      readonly status: number
      readonly ms: number
      readonly role?: string
      /** An edge function was called: the invocation tells the rest. */
      readonly invoked?: boolean
    }
  /**
   * One invocation of an edge function. `trigger` is what started it (`http`, `graphql`, `webhook`, `cron` …, or
   * `background` for what went on after a response), `role` the caller's where a valid token said so.
   */
  | {
      readonly kind: 'invocation'
      /** Of the HTTP request that it answered. */
      readonly id?: string | undefined
      readonly name: string
      readonly trigger: string
      readonly role?: string | undefined
      readonly status: number
      readonly ms: number
      /** Whether it had to wait for a process to start. */
      readonly cold: boolean
      readonly cpuMs: number
      readonly peakBytes: number
      readonly gbSeconds: number
    }
  /** An attempt to deliver an event of the log, and what has become of the event. */
  | {
      readonly kind: 'event'
      readonly source: 'webhook' | 'cron'
      /** Of the webhook (`schema.table.trigger`) or the cron job. */
      readonly name: string
      /** `pending`: it will be tried again. */
      readonly state: 'delivered' | 'pending' | 'dead'
      readonly attempt: number
      readonly ms: number
    }
  /** A line that an edge function wrote. */
  | {
      readonly kind: 'function-log'
      readonly name: string
      readonly level: 'debug' | 'info' | 'warn' | 'error'
      readonly message: string
    }
  /** A mail that was sent to the development inbox or an SMTP server. */
  | { readonly kind: 'mail'; readonly to: string; readonly subject: string }
  /** The GraphQL schema was rebuilt. */
  | { readonly kind: 'schema'; readonly version: string; readonly ms: number }
  /** Anything else worth a line. `data` must hold no secret. */
  | {
      readonly kind: 'message'
      readonly level: 'debug' | 'info' | 'warn' | 'error'
      readonly text: string
      readonly data?: Readonly<Record<string, unknown>>
      readonly error?: unknown
    }

/** Takes an observation: a logger, a counter, a test. */
export type Observe = (observation: Observation) => void

/** Takes no notice. */
export const silent: Observe = () => {}

/** One handler out of several. */
export function observeAll(...handlers: readonly Observe[]): Observe {
  return (observation) => {
    for (const handle of handlers) handle(observation)
  }
}
