import { catalogue, type ErrorCode } from './catalogue.ts'

export interface ErrorOptions {
  /** Replaces the catalogue's message; must be fit for whoever sees the error. */
  readonly message?: string
  /** What the reader needs to mend it: file, line, key, hint … Never a secret. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/**
 * An error with a code from the catalogue. Its message is public; its cause is not.
 *
 * @example throw new PorticoError('CONFIG_INVALID', { message: 'supabase/config.toml: …' })
 */
export class PorticoError extends Error {
  override readonly name = 'PorticoError'
  readonly code: ErrorCode
  readonly status: number
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, { message, details = {}, cause }: ErrorOptions = {}) {
    super(message ?? catalogue[code].message, cause === undefined ? undefined : { cause })
    this.code = code
    this.status = catalogue[code].status
    this.details = details
  }
}

/** Whether something that was thrown is one of these, with this code if one is given. */
export function isPorticoError(error: unknown, code?: ErrorCode): error is PorticoError {
  return error instanceof PorticoError && (code === undefined || error.code === code)
}

/** The message of whatever was thrown; of several errors at once (no address of a host answers), all of theirs. */
export function errorMessage(error: unknown): string {
  if (error instanceof AggregateError && !error.message) return error.errors.map(errorMessage).join('; ')
  return error instanceof Error ? error.message : String(error)
}
