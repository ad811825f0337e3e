/** An event that this process is to see to, as it stands in the log. */
export interface LoggedEvent {
  /** Its place in the log. */
  readonly id: string
  readonly eventId: string
  readonly source: 'webhook' | 'cron'
  readonly name: string
  readonly key: string
  readonly method: string | null
  readonly url: string | null
  readonly params: Readonly<Record<string, string>> | null
  readonly headers: Readonly<Record<string, string>> | null
  readonly body: string | null
  readonly timeoutMs: number
  /** The trace of its cause, as W3C Trace Context writes it. */
  readonly traceparent: string | null
  /** Counted from 1. */
  readonly attempt: number
  readonly maxAttempts: number
}

/** What came of an attempt. */
export type Outcome =
  | { readonly kind: 'delivered'; readonly status: number | null }
  /** To be tried again after `retryAfterMs` or the usual delay, whichever is longer, unless it is `final`. */
  | {
      readonly kind: 'failed'
      readonly status: number | null
      readonly error: string
      readonly retryAfterMs?: number
      readonly final?: boolean
    }
  /** Left to whoever comes next: this process is about to stop. */
  | { readonly kind: 'abandoned' }
