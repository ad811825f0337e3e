import { type Requests, session, text, user, uuid } from './requests.ts'

const attributes = { email: null, email_change_token: null, nonce: null, password: null, phone: null, data: {} }
const unsaid = { app_metadata: {}, user_metadata: {}, email_confirm: null, phone_confirm: null, ban_duration: null }
const ended = 'eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.AAAA'

/** supabase-csharp: whole objects with null in what is not said, and the key in the query of tables as well. */
export const csharp: Requests = [
  ['signs in as nobody', () => ({ method: 'POST', path: '/auth/v1/signup', json: {}, needs: session })],
  [
    'refreshes with the token that has ended beside',
    (known) => ({
      ...{ method: 'POST', path: '/auth/v1/token?grant_type=refresh_token', needs: session },
      ...{ headers: { authorization: `Bearer ${ended}` }, json: { refresh_token: known.user.refreshToken } },
    }),
  ],
  [
    'changes nothing of the user',
    ({ email }) => ({
      ...{ method: 'PUT', path: '/auth/v1/user', as: 'user', json: attributes },
      needs: { ...user, email },
    }),
  ],
  [
    'enrols a factor',
    () => ({
      ...{ method: 'POST', path: '/auth/v1/factors', as: 'user' },
      ...{ json: { friendly_name: null, factor_type: 'totp', issuer: null }, needs: { id: uuid, totp: { uri: text } } },
    }),
  ],
  [
    'creates a user',
    ({ email }) => ({
      ...{ method: 'POST', path: '/auth/v1/admin/users', as: 'service', needs: user },
      json: { ...attributes, ...unsaid, email: `made-${email}`, password: 'secret-enough', email_confirm: true },
    }),
  ],
  [
    'changes a user',
    ({ user: { id }, email }) => ({
      ...{ method: 'PUT', path: `/auth/v1/admin/users/${id}`, as: 'service' },
      ...{ json: { ...attributes, ...unsaid }, needs: { ...user, id, email } },
    }),
  ],
  [
    'lists users',
    ({ email }) => ({
      method: 'GET',
      path: `/auth/v1/admin/users?filter=${email}&sort=created_at+desc&page=1&per_page=5`,
      ...{ as: 'service', needs: { aud: 'authenticated' } },
    }),
  ],
  [
    'creates a bucket',
    (known) => ({
      ...{ method: 'POST', path: '/storage/v1/bucket', as: 'service', needs: { name: `${known.bucket}-made` } },
      json: {
        ...{ id: `${known.bucket}-made`, name: `${known.bucket}-made`, owner: null, public: false },
        ...{ created_at: null, updated_at: null, file_size_limit: null, allowed_mime_types: null },
      },
    }),
  ],
  [
    'changes a bucket',
    (known) => ({
      ...{ method: 'PUT', path: `/storage/v1/bucket/${known.bucket}`, as: 'service', needs: { message: text } },
      json: { ...{ id: known.bucket, name: null, owner: null, public: true }, file_size_limit: null },
    }),
  ],
  [
    'uploads',
    (known) => ({
      ...{ method: 'POST', path: `/storage/v1/object/${known.bucket}/c.png`, as: 'service', body: 'no picture' },
      headers: { 'cache-control': 'max-age=3600', 'content-type': 'image/png', 'x-metadata': btoa('{"a":"b"}') },
    }),
  ],
  [
    'moves, and says everything twice',
    (known) => ({
      method: 'POST',
      path: `/storage/v1/object/move?bucketId=${known.bucket}&sourceKey=c.png&destinationKey=d.png&destinationBucket=`,
      json: { ...{ bucketId: known.bucket, sourceKey: 'c.png', destinationKey: 'd.png' }, destinationBucket: null },
      ...{ as: 'service', needs: { message: 'Successfully moved' } },
    }),
  ],
  [
    'downloads with an empty query',
    (known) => ({ method: 'GET', path: `/storage/v1/object/public/${known.bucket}/d.png?` }),
  ],
  [
    'lists files',
    (known) => ({
      ...{ method: 'POST', path: `/storage/v1/object/list/${known.bucket}`, as: 'service', needs: [{ name: 'd.png' }] },
      json: { limit: 100, offset: 0, search: '', sortBy: { column: 'name', order: 'asc' }, prefix: '' },
    }),
  ],
  [
    'has a URL to upload to',
    (known) => ({
      ...{ method: 'POST', path: `/storage/v1/object/upload/sign/${known.bucket}/e.png`, as: 'service' },
      needs: { url: text, token: text },
    }),
  ],
  [
    'uploads to it with its token for a session',
    ({ answers }) => ({
      ...{ method: 'PUT', path: `/storage/v1${answers['has a URL to upload to'].url}`, body: 'no picture' },
      headers: {
        authorization: `Bearer ${answers['has a URL to upload to'].token}`,
        'content-type': 'image/png',
      },
    }),
  ],
  [
    'empties a bucket',
    (known) => ({ method: 'POST', path: `/storage/v1/bucket/${known.bucket}/empty`, as: 'service' }),
  ],
  [
    'reads a table, the key in the query too',
    () => ({
      ...{ method: 'GET', path: '/rest/v1/todos?select=*&apikey=KEY', as: 'user', needs: [] },
      headers: { 'Accept-Profile': 'public', 'Range-Unit': 'items', Range: '0-9' },
    }),
  ],
  [
    'counts with the profile of a write',
    () => ({
      ...{ method: 'HEAD', path: '/rest/v1/todos?select=*&apikey=KEY', as: 'user' },
      headers: { 'Content-Profile': 'public', Prefer: 'count=exact' },
    }),
  ],
  [
    'calls a function with no body at all',
    () => ({
      ...{ method: 'POST', path: '/rest/v1/rpc/answer', as: 'user', headers: { 'Content-Profile': 'public' } },
      needs: 42,
    }),
  ],
]
