import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'

const methods = 'GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT'

/** Credentials are tokens in headers, never cookies, so any origin may ask. */
export const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': '*',
}

/** The same as name, value, name, value … */
export const corsList: readonly string[] = Object.entries(corsHeaders).flat()

export function preflightHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return {
    ...corsHeaders,
    'access-control-allow-methods': methods,
    'access-control-allow-headers': headers['access-control-request-headers'] ?? '*',
    'access-control-max-age': '3600',
  }
}
