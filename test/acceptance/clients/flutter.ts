import { expect } from 'vitest'
import { among, instant, number, type Requests, session, text, user, uuid } from './requests.ts'

const security = { gotrue_meta_security: { captcha_token: null } }
const link = expect.stringMatching(/\/verify\?token=\w+&type=magiclink&redirect_to=http:\/\/localhost:3000$/)
const noChallenge = { code_challenge: null, code_challenge_method: null }

/** supabase-flutter: says null where there is nothing, a body with every POST and DELETE, and a `?` with every URL. */
export const flutter: Requests = [
  [
    'signs up',
    ({ email }) => ({
      ...{ method: 'POST', path: '/auth/v1/signup?', needs: session },
      json: { email: `again-${email}`, password: 'secret-enough', data: null, ...security, ...noChallenge },
    }),
  ],
  [
    'signs in as nobody',
    () => ({
      ...{ method: 'POST', path: '/auth/v1/signup?', json: { data: {}, ...security } },
      needs: { ...session, user: { is_anonymous: true } },
    }),
  ],
  [
    'asks for a code by phone',
    () => ({
      ...{ method: 'POST', path: '/auth/v1/otp?' },
      json: { phone: '13334445555', data: {}, create_user: true, ...security, channel: 'sms' },
    }),
  ],
  [
    'verifies a code of a phone',
    () => ({
      ...{ method: 'POST', path: '/auth/v1/verify?', needs: session },
      json: { phone: '13334445555', token: '123456', type: 'sms', redirect_to: null, ...security },
    }),
  ],
  [
    'reads the user',
    () => ({
      ...{ method: 'GET', path: '/auth/v1/user?', as: 'user' },
      needs: { ...user, identities: [{ id: text, user_id: uuid, identity_id: uuid, provider: 'email' }] },
    }),
  ],
  [
    'has a mail sent again',
    ({ email }) => ({
      ...{ method: 'POST', path: '/auth/v1/resend?' },
      json: { email, type: 'signup', ...security, ...noChallenge },
    }),
  ],
  [
    'enrols a factor',
    () => ({
      ...{ method: 'POST', path: '/auth/v1/factors?', as: 'user' },
      json: { friendly_name: null, factor_type: 'totp' },
      needs: { id: uuid, type: 'totp', totp: { qr_code: text, secret: text, uri: text } },
    }),
  ],
  [
    'challenges it',
    ({ answers }) => ({
      ...{ method: 'POST', path: `/auth/v1/factors/${answers['enrols a factor'].id}/challenge?`, as: 'user', json: {} },
      needs: { id: uuid, expires_at: number },
    }),
  ],
  [
    'lists factors as an operator',
    ({ user: { id } }) => ({
      ...{ method: 'GET', path: `/auth/v1/admin/users/${id}/factors?`, as: 'service' },
      needs: [{ id: uuid, factor_type: 'totp', status: 'unverified', created_at: instant, updated_at: instant }],
    }),
  ],
  [
    'gives it up',
    ({ answers }) => ({
      ...{ method: 'DELETE', path: `/auth/v1/factors/${answers['enrols a factor'].id}?`, as: 'user', json: {} },
      needs: { id: uuid },
    }),
  ],
  [
    'has a link made',
    ({ email }) => ({
      ...{ method: 'POST', path: '/auth/v1/admin/generate_link?', as: 'service' },
      json: { email, type: 'magiclink', redirect_to: 'http://localhost:3000' },
      needs: {
        ...{ id: uuid, created_at: instant, redirect_to: 'http://localhost:3000', verification_type: 'magiclink' },
        action_link: link,
      },
    }),
  ],
  [
    'changes a bucket',
    (known) => ({
      ...{ method: 'PUT', path: `/storage/v1/bucket/${known.bucket}`, as: 'service', needs: { message: text } },
      json: { id: known.bucket, name: known.bucket, public: false, file_size_limit: '10MB' },
    }),
  ],
  ['lists buckets', (known) => ({ method: 'GET', path: '/storage/v1/bucket', as: 'service', needs: among(known) })],
  [
    'uploads',
    (known) => ({
      ...{ method: 'POST', path: `/storage/v1/object/${known.bucket}/a.txt`, as: 'service' },
      ...{ headers: { 'content-type': 'text/plain', 'x-upsert': 'false' }, body: 'flutter' },
      needs: { Id: uuid, Key: `${known.bucket}/a.txt` },
    }),
  ],
  ['downloads', (known) => ({ method: 'GET', path: `/storage/v1/object/${known.bucket}/a.txt?`, as: 'service' })],
  [
    'lists files',
    (known) => ({
      ...{ method: 'POST', path: `/storage/v1/object/list/${known.bucket}`, as: 'service' },
      json: { prefix: '', limit: 100, offset: 0, sortBy: { column: 'name', order: 'asc' }, search: null },
      needs: [{ name: 'a.txt', id: uuid, created_at: instant, updated_at: instant, metadata: { size: 7 } }],
    }),
  ],
  [
    'lists a page of files',
    (known) => ({
      ...{ method: 'POST', path: `/storage/v1/object/list-v2/${known.bucket}`, as: 'service', json: {} },
      needs: { hasNext: false, folders: [], objects: [{ name: 'a.txt', key: 'a.txt', id: uuid }] },
    }),
  ],
  [
    'signs a URL, the seconds being text before version 3',
    (known) => ({
      ...{ method: 'POST', path: `/storage/v1/object/sign/${known.bucket}/a.txt`, as: 'service' },
      ...{ json: { expiresIn: '60' }, needs: { signedURL: text } },
    }),
  ],
  ['signs out', () => ({ method: 'POST', path: '/auth/v1/logout?scope=local', as: 'user', json: {}, status: 204 })],
]
