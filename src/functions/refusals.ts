import type { Answer } from './exchange.ts'

/**
 * What the service itself answers instead of a function, in the words of Supabase's edge runtime.
 * Each is sent as `{code, message}` with the code repeated in `sb-error-code`.
 *
 * @see https://supabase.com/docs/guides/functions/error-codes
 */
export const refusals = {
  UNAUTHORIZED_NO_AUTH_HEADER: { status: 401, message: 'Missing authorization header' },
  UNAUTHORIZED_INVALID_JWT_FORMAT: { status: 401, message: 'Invalid JWT format' },
  UNAUTHORIZED_LEGACY_JWT: { status: 401, message: 'Invalid JWT' },
  UNAUTHORIZED_ASYMMETRIC_JWT: { status: 401, message: 'Invalid JWT' },
  UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM: { status: 401, message: 'Unsupported JWT algorithm' },
  NOT_FOUND: { status: 404, message: 'Requested function was not found' },
  PAYLOAD_TOO_LARGE: { status: 413, message: 'Request body is larger than this function takes' },
  INTERNAL_SERVER_ERROR: { status: 500, message: 'Request failed due to an internal server error' },
  WORKER_ERROR: { status: 500, message: 'Function exited due to an error (please check logs)' },
  BOOT_ERROR: { status: 503, message: 'Worker failed to boot (please check logs)' },
  RUNTIME_UNAVAILABLE: { status: 503, message: 'Edge functions are not available here (please check logs)' },
  WORKER_BUSY: { status: 503, message: 'All workers of the function are busy (please try again)' },
  IDLE_TIMEOUT: { status: 504, message: 'Function did not respond within the request timeout limit' },
  WORKER_LIMIT: {
    status: 546,
    message: 'Worker failed to respond due to a resource limit (please check logs)',
  },
} as const satisfies Record<string, { status: number; message: string }>

export type RefusalCode = keyof typeof refusals

/** Why a function did not answer. `details` are for its author: they reach the log, and the client in development only. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: RefusalCode
  readonly details: string | undefined

  constructor(code: RefusalCode, { message, details }: { message?: string; details?: string } = {}) {
    super(message ?? refusals[code].message)
    this.code = code
    this.details = details
  }
}

/** The answer that tells a client of a refusal. 401s repeat the message as `msg`, as the edge runtime does. */
export function refusalAnswer(
  { code, message, details }: Refusal,
  { revealDetails }: { revealDetails: boolean },
): Answer {
  const { status } = refusals[code]
  return {
    status,
    headers: [
      ...['content-type', 'application/json', 'sb-error-code', code],
      // A function sets its own CORS headers; where none ran, a browser could not even read why.
      ...['access-control-allow-origin', '*', 'access-control-expose-headers', 'sb-error-code'],
      ...(code === 'WORKER_BUSY' ? ['retry-after', '1'] : []),
    ],
    body: JSON.stringify({
      code,
      message,
      ...(status === 401 && { msg: message }),
      ...(revealDetails && details !== undefined && { details }),
    }),
  }
}
