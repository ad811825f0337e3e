import { catalogue, type StorageErrorCode } from './catalogue.ts'

export interface StorageErrorOptions {
  readonly message?: string
  /** The status in the body, where it differs from the catalogue's. */
  readonly statusCode?: number
  /** The HTTP status, where it differs from {@link httpStatus}. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** Codes that Storage itself does not tell apart. */
const toldAs: Partial<Record<StorageErrorCode, StorageErrorCode>> = {
  NotFound: 'InvalidRequest',
  InvalidSchema: 'InvalidRequest',
  InvalidBody: 'InvalidRequest',
  InvalidRobotsTag: 'InvalidRequest',
  InvalidContentType: 'InvalidMimeType',
  BodyTooLarge: 'EntityTooLarge',
}

/** HTTP statuses of codes whose answers are not of Storage's own making there, but of its web framework's. */
const statuses: Partial<Record<StorageErrorCode, number>> = {
  NotFound: 404,
  BodyTooLarge: 413,
}

/** What goes over the wire. */
interface StorageErrorBody {
  readonly statusCode: string
  readonly code: string
  readonly error: string
  readonly message: string
}

/**
 * An error as the Storage API answers it. Its message is public; its cause is not.
 *
 * @example throw new StorageError('InvalidKey', { message: `Invalid key: ${name}` })
 */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly code: StorageErrorCode
  readonly statusCode: number
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(code: StorageErrorCode, options: StorageErrorOptions = {}) {
    super(
      options.message ?? catalogue[code].message,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.code = code
    this.statusCode = options.statusCode ?? catalogue[code].statusCode
    this.status = options.status ?? statuses[code] ?? httpStatus(this.statusCode)
    this.headers = options.headers ?? {}
  }

  body(): StorageErrorBody {
    return {
      statusCode: String(this.statusCode),
      code: toldAs[this.code] ?? this.code,
      error: catalogue[this.code].error,
      message: this.message,
    }
  }
}

/**
 * Supabase Storage puts the true status into the body and answers 400 for most of them; its clients read the body.
 * Only these go over HTTP as they are.
 */
function httpStatus(statusCode: number): number {
  return statusCode === 500 || statusCode === 416 || statusCode === 429 || statusCode === 544 ? statusCode : 400
}
