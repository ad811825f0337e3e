import { expect } from 'vitest'

/** A request as a client sends it, and what that client cannot do without in the answer. */
export interface Sent {
  readonly method: string
  readonly path: string
  /** Whose token goes along with the key: a `key` alone, a user's, or the secret key, with or without `apikey`. */
  readonly as?: 'key' | 'user' | 'service' | 'token-of-service'
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly body?: string
  /** 200 where absent. */
  readonly status?: number
  /** Of the JSON answer. */
  readonly needs?: unknown
}

export interface Known {
  readonly email: string
  readonly user: { readonly id: string; readonly identity: string; readonly refreshToken: string }
  readonly bucket: string
  /** What came back before, by the request. */
  readonly answers: Record<string, ReturnType<typeof JSON.parse>>
}

/** In this order: later ones use what earlier ones brought. */
export type Requests = readonly (readonly [what: string, sent: (known: Known) => Sent])[]

export const uuid = expect.stringMatching(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
export const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)$/)
export const text = expect.any(String)
export const number = expect.any(Number)

export const user = {
  ...{ id: uuid, aud: 'authenticated', email: text, phone: text, role: 'authenticated', is_anonymous: false },
  ...{ app_metadata: { provider: 'email' }, user_metadata: {}, created_at: instant, updated_at: instant },
}

export const session = {
  ...{ access_token: text, refresh_token: text, token_type: 'bearer', expires_in: number, expires_at: number },
  user: { id: uuid, aud: 'authenticated', created_at: instant, updated_at: instant },
}

export const bucket = {
  ...{ id: text, name: text, owner: text, public: expect.any(Boolean), created_at: instant, updated_at: instant },
}

/** A list with the client's own bucket, which is nobody's. */
export const among = (known: Known) =>
  expect.arrayContaining([expect.objectContaining({ ...bucket, id: known.bucket })])

/** A form of one file whose field has no name, as clients for mobile apps write it. */
export function form(content: string, type = 'text/plain', boundary = 'client-boundary') {
  const part = (disposition: string, more: string, inside: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n${inside}\r\n`
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, 'cache-control': 'max-age=3600' },
    body:
      part('name="cacheControl"', '', '3600') +
      part('name=""; filename="file.txt"', `Content-Type: ${type}\r\n`, content) +
      `--${boundary}--\r\n`,
  }
}
