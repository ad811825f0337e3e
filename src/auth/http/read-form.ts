import { AuthError } from '../auth-error.ts'
import { readText } from './read-body.ts'

/** The parameters of a request's URL. */
export function queryOf(request: Request): URLSearchParams {
  return withoutNul(new URL(request.url).searchParams)
}

/** The fields of a form that a browser or a client posted. */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)) {
    throw new AuthError(400, 'validation_failed', 'The body has to be application/x-www-form-urlencoded')
  }
  return withoutNul(new URLSearchParams(await readText(request)))
}

/** Postgres stores no NUL. */
function withoutNul(fields: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...fields].map(([name, value]) => [name, value.replaceAll('\0', '')]))
}
