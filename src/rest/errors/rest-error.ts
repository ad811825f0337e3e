/** An answer that is an error, in PostgREST's shape. `details` is text, or a list for ambiguous embeddings. */
export interface RestErrorBody {
  readonly code: string
  readonly message: string
  readonly details: unknown
  readonly hint: string | null
}

interface RestErrorOptions {
  readonly details?: unknown
  readonly hint?: string | null
  readonly headers?: Readonly<Record<string, string | string[]>>
  /** The reason in the status line; without, the usual one. */
  readonly statusText?: string
}

/** A request that is refused, with PostgREST's code and status (docs.postgrest.org, "Errors"). */
export class RestError extends Error {
  override readonly name = 'RestError'
  readonly status: number
  readonly code: string
  readonly details: unknown
  readonly hint: string | null
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly statusText: string | undefined

  constructor(status: number, code: string, message: string, options: RestErrorOptions = {}) {
    super(message)
    this.status = status
    this.code = code
    this.details = options.details ?? null
    this.hint = options.hint ?? null
    this.headers = options.headers ?? {}
    this.statusText = options.statusText
  }

  get body(): RestErrorBody {
    return { code: this.code, details: this.details, hint: this.hint, message: this.message }
  }
}
