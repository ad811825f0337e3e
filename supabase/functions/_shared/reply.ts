/** Browsers ask before they send a token or JSON to another origin; the token is what protects, not the origin. */
const corsHeaders = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': 'authorization, x-client-info, apikey, content-type',
  'Access-Control-Allow-Methods': 'POST, OPTIONS',
}

/** Answers with JSON, readable from any web page. */
export function reply(status: number, body: unknown): Response {
  return Response.json(body, { status, headers: corsHeaders })
}

/** Answers a browser's question whether it may call the function. */
export function replyToPreflight(): Response {
  return new Response(null, { status: 204, headers: corsHeaders })
}

/** Thrown where a call cannot go on; answered as `{ code, message }`. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    /** For programs: snake_case, stable. */
    readonly code: string,
    /** For people. */
    message: string,
  ) {
    super(message)
  }
}

/** Turns whatever a handler threw into an answer. What went wrong inside goes to the log, not to the caller. */
export function replyToError(error: unknown): Response {
  if (error instanceof Refusal) return reply(error.status, { code: error.code, message: error.message })
  console.error(error)
  return reply(500, { code: 'internal_error', message: 'Something went wrong. Please try again.' })
}
