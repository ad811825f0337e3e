import { among, number, type Requests, session, text, uuid } from './requests.ts'

const headers = { accept: 'application/json', 'content-type': 'application/json' }

/** auth-go and storage-go: empty texts for what is not said, a content type with everything, and no key for Storage. */
export const go: Requests = [
  [
    'signs in',
    ({ email }) => ({
      ...{ method: 'POST', path: '/auth/v1/token?grant_type=password', needs: session },
      json: { email, password: 'secret-enough', gotrue_meta_security: { captcha_token: '' } },
    }),
  ],
  [
    'asks for a code',
    ({ email }) => ({
      ...{ method: 'POST', path: '/auth/v1/otp' },
      json: { email, phone: '', create_user: true, data: null, gotrue_meta_security: { captcha_token: '' } },
    }),
  ],
  [
    'has a link made',
    ({ email }) => ({
      ...{ method: 'POST', path: '/auth/v1/admin/generate_link', as: 'service' },
      json: { type: 'magiclink', email, new_email: '', password: '', data: null, redirect_to: '' },
      needs: { action_link: text, email_otp: text, hashed_token: text, redirect_to: 'http://localhost:3000' },
    }),
  ],
  [
    'enrols a factor',
    () => ({
      ...{ method: 'POST', path: '/auth/v1/factors', as: 'user', needs: { id: uuid, type: 'totp' } },
      json: { friendly_name: 'go', factor_type: 'totp', issuer: '' },
    }),
  ],
  [
    'challenges it',
    ({ answers }) => ({
      ...{ method: 'POST', path: `/auth/v1/factors/${answers['enrols a factor'].id}/challenge`, as: 'user' },
      ...{ json: { factor_id: answers['enrols a factor'].id }, needs: { id: uuid, expires_at: number } },
    }),
  ],
  [
    'asks how it goes',
    () => ({ method: 'GET', path: '/auth/v1/health', needs: { version: text, name: 'GoTrue', description: text } }),
  ],
  [
    'lists buckets',
    (known) => ({ method: 'GET', path: '/storage/v1/bucket', as: 'token-of-service', headers, needs: among(known) }),
  ],
  [
    'uploads what it calls JSON',
    (known) => ({
      ...{ method: 'POST', path: `/storage/v1/object/${known.bucket}/g.txt`, as: 'token-of-service', headers },
      ...{ body: 'go', needs: { Key: `${known.bucket}/g.txt` } },
    }),
  ],
  [
    'moves',
    (known) => ({
      ...{ method: 'POST', path: '/storage/v1/object/move', as: 'token-of-service', headers },
      body: `${JSON.stringify({ bucketId: known.bucket, sourceKey: 'g.txt', destinationKey: 'h.txt' })}\n`,
      needs: { message: 'Successfully moved' },
    }),
  ],
  [
    'downloads',
    (known) => ({
      ...{ method: 'GET', path: `/storage/v1/object/${known.bucket}/h.txt`, as: 'token-of-service', headers },
    }),
  ],
  [
    'empties a bucket with a text for a body',
    (known) => ({
      ...{ method: 'POST', path: `/storage/v1/bucket/${known.bucket}/empty`, as: 'token-of-service', json: 'e30=' },
      needs: { message: text },
    }),
  ],
  [
    'deletes it likewise',
    (known) => ({
      ...{ method: 'DELETE', path: `/storage/v1/bucket/${known.bucket}`, as: 'token-of-service', json: 'e30=' },
      needs: { message: 'Successfully deleted' },
    }),
  ],
]
