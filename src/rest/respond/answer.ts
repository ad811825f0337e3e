import type { Bytes } from '#database'

/** An answer before it is anyone's kind of response. */
export interface RestAnswer {
  readonly status: number
  /** The reason in the status line; without, the usual one. */
  readonly statusText?: string
  readonly headers: Readonly<Record<string, string | string[]>>
  /** Null for an answer that has none. */
  readonly body: Bytes | null
}
