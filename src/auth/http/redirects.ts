import type { AuthError } from '../auth-error.ts'
import type { SessionResponse } from '../sessions/index.ts'

/** The implicit flow: tokens travel in the fragment, which browsers do not send to servers. */
export function sessionFragment(session: SessionResponse): Record<string, string> {
  return {
    access_token: session.access_token,
    expires_at: String(session.expires_at),
    expires_in: String(session.expires_in),
    refresh_token: session.refresh_token,
    token_type: session.token_type,
  }
}

/**
 * An error as a browser brings it to the app that sent it away, in the query and in the fragment; with a 303, where nobody knows
 * which app that was, in the query alone.
 */
export function errorRedirect(target: string, error: AuthError, status: 302 | 303 = 302): Response {
  const url = errorUrl(target, error)
  if (status === 302) url.hash = new URLSearchParams({ ...saidOf(error), sb: '' }).toString()
  return new Response(null, { status, headers: { location: url.href } })
}

/** The same in the query alone, as single sign-on has it. */
export function errorUrl(target: string, error: AuthError): URL {
  const url = new URL(target)
  for (const [name, value] of Object.entries(saidOf(error))) url.searchParams.set(name, value)
  return url
}

function saidOf(error: AuthError): Record<string, string> {
  const denied = ['signup_disabled', 'user_banned', 'provider_email_needs_verification'].includes(error.code)
  return { error: denied ? 'access_denied' : 'server_error', ...errorFields(error) }
}

/** What a redirect says of an error. */
export function errorFields({ status, code, message, oauth }: AuthError): Record<string, string> {
  const error = oauth ?? oauthErrors[status]
  return { ...(error && { error }), error_code: code, error_description: message }
}

/** OAuth's names for statuses (RFC 6749, section 4.1.2.1), as GoTrue maps them. */
const oauthErrors: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'unauthorized_client',
  403: 'access_denied',
  500: 'server_error',
  503: 'temporarily_unavailable',
}
