/** An answer before it is anyone's kind of response. */
export interface RestAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[]>>
  /** Null for an answer that has none. */
  readonly body: string | null
}
