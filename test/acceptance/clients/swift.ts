import { expect } from 'vitest'
import { among, form, instant, number, type Requests, session, text, user, uuid } from './requests.ts'

const headers = { 'X-Supabase-Api-Version': '2024-01-01' }

/** supabase-swift: leaves out what is nothing, writes UUIDs in capitals, and reads errors of the API's newer version. */
export const swift: Requests = [
  [
    'signs in',
    ({ email }) => ({
      ...{ method: 'POST', path: '/auth/v1/token?grant_type=password', headers },
      ...{ json: { email, password: 'secret-enough' }, needs: session },
    }),
  ],
  [
    'is told of a weak password',
    ({ email }) => ({
      ...{ method: 'POST', path: '/auth/v1/signup', headers, json: { email: `weak-${email}`, password: '1' } },
      ...{ status: 422, needs: { code: 'weak_password', message: text, weak_password: { reasons: ['length'] } } },
    }),
  ],
  ['signs in as nobody', () => ({ method: 'POST', path: '/auth/v1/signup', headers, json: {}, needs: session })],
  [
    'may not unlink the one identity',
    ({ user: { identity } }) => ({
      ...{ method: 'DELETE', path: `/auth/v1/user/identities/${identity.toUpperCase()}`, as: 'user', headers },
      ...{ status: 422, needs: { code: 'single_identity_not_deletable' } },
    }),
  ],
  ['lists passkeys', () => ({ method: 'GET', path: '/auth/v1/passkeys/', as: 'user', headers, needs: [] })],
  [
    'asks for a passkey',
    () => ({
      ...{ method: 'POST', path: '/auth/v1/passkeys/authentication/options', headers },
      needs: { challenge_id: uuid, options: { challenge: text }, expires_at: number },
    }),
  ],
  [
    'reads a user as an operator',
    ({ user: { id } }) => ({
      ...{ method: 'GET', path: `/auth/v1/admin/users/${id.toUpperCase()}`, as: 'service', headers },
      needs: { ...user, id },
    }),
  ],
  [
    'lists users',
    () => ({
      ...{ method: 'GET', path: '/auth/v1/admin/users?page=&per_page=', as: 'service', headers },
      needs: { aud: 'authenticated' },
    }),
  ],
  [
    'invites somebody',
    ({ email }) => ({
      ...{ method: 'POST', path: '/auth/v1/admin/invite', as: 'service', headers },
      ...{ json: { email: `invited-${email}` }, needs: { ...user, invited_at: instant } },
    }),
  ],
  [
    'registers an OAuth client',
    () => ({
      ...{ method: 'POST', path: '/auth/v1/admin/oauth/clients', as: 'service', headers, status: 201 },
      json: { client_name: 'App', redirect_uris: ['http://localhost:3000/callback'] },
      needs: {
        ...{ client_id: uuid, client_name: 'App', client_type: 'confidential', registration_type: 'manual' },
        ...{ token_endpoint_auth_method: text, grant_types: [text, text], response_types: ['code'] },
        ...{ created_at: instant, updated_at: instant },
      },
    }),
  ],
  [
    'revokes what was never granted',
    ({ answers }) => ({
      method: 'DELETE',
      path: `/auth/v1/user/oauth/grants?client_id=${answers['registers an OAuth client'].client_id.toUpperCase()}`,
      ...{ as: 'user', headers, status: 404, needs: { code: 'oauth_consent_not_found' } },
    }),
  ],
  [
    'removes the OAuth client',
    ({ answers }) => ({
      method: 'DELETE',
      path: `/auth/v1/admin/oauth/clients/${answers['registers an OAuth client'].client_id.toUpperCase()}`,
      ...{ as: 'service', headers, status: 204 },
    }),
  ],
  [
    'enrols a factor',
    () => ({
      ...{ method: 'POST', path: '/auth/v1/factors', as: 'user', headers },
      json: { factor_type: 'totp', issuer: 'app', friendly_name: 'Phone' },
      needs: { id: uuid, type: 'totp', friendly_name: 'Phone', totp: { qr_code: text, secret: text, uri: text } },
    }),
  ],
  [
    'challenges it without a body',
    ({ answers }) => ({
      method: 'POST',
      path: `/auth/v1/factors/${answers['enrols a factor'].id}/challenge`,
      ...{ as: 'user', headers, needs: { id: uuid, type: 'totp', expires_at: number } },
    }),
  ],
  [
    'lists buckets',
    (known) => ({ method: 'GET', path: '/storage/v1/bucket', as: 'token-of-service', needs: among(known) }),
  ],
  [
    'finds no bucket',
    () => ({
      ...{ method: 'GET', path: '/storage/v1/bucket/none', as: 'token-of-service', status: 400 },
      needs: { statusCode: '404', error: 'Bucket not found', message: 'Bucket not found' },
    }),
  ],
  [
    'uploads',
    (known) => ({
      ...{ method: 'POST', path: `/storage/v1/object/${known.bucket}/a/b.txt`, as: 'token-of-service' },
      ...form('swift'),
      needs: { Key: `${known.bucket}/a/b.txt`, Id: uuid },
    }),
  ],
  [
    'moves within the bucket',
    (known) => ({
      ...{ method: 'POST', path: '/storage/v1/object/move', as: 'token-of-service' },
      json: { ...{ bucketId: known.bucket, sourceKey: 'a/b.txt', destinationKey: 'a/c.txt' }, destinationBucket: null },
      needs: { message: 'Successfully moved' },
    }),
  ],
  [
    'copies within the bucket',
    (known) => ({
      ...{ method: 'POST', path: '/storage/v1/object/copy', as: 'token-of-service' },
      json: { ...{ bucketId: known.bucket, sourceKey: 'a/c.txt', destinationKey: 'a/d.txt' }, destinationBucket: null },
      needs: { Key: `${known.bucket}/a/d.txt` },
    }),
  ],
  [
    'looks at a file',
    (known) => ({
      ...{ method: 'GET', path: `/storage/v1/object/info/${known.bucket}/a/c.txt`, as: 'token-of-service' },
      needs: { id: uuid, version: uuid, name: 'a/c.txt', size: 5, created_at: instant, metadata: {} },
    }),
  ],
  [
    'uploads an empty folder',
    (known) => ({
      ...{ method: 'POST', path: `/storage/v1/object/${known.bucket}/empty/.placeholder`, as: 'token-of-service' },
      ...form(''),
    }),
  ],
  [
    'lists folders',
    (known) => ({
      ...{ method: 'POST', path: `/storage/v1/object/list/${known.bucket}`, as: 'token-of-service' },
      json: { prefix: '', limit: 100, offset: 0, sortBy: { column: 'name', order: 'asc' } },
      needs: ['a', 'empty'].map((name) => ({
        ...{ name, id: null, created_at: null, updated_at: null, last_accessed_at: null, metadata: null },
      })),
    }),
  ],
  [
    'has a URL to upload to',
    (known) => ({
      ...{ method: 'POST', path: `/storage/v1/object/upload/sign/${known.bucket}/e.txt`, as: 'token-of-service' },
      needs: { url: expect.stringMatching(/^\/object\/upload\/sign\/.+\?token=/) },
    }),
  ],
  [
    'uploads to it',
    ({ answers }) => ({
      ...{ method: 'PUT', path: `/storage/v1${answers['has a URL to upload to'].url}`, as: 'token-of-service' },
      ...{ ...form('signed'), needs: { Key: text } },
    }),
  ],
  [
    'does not twice',
    ({ answers }) => ({
      ...{ method: 'PUT', path: `/storage/v1${answers['has a URL to upload to'].url}`, as: 'token-of-service' },
      ...{ ...form('signed'), status: 400 },
      needs: { statusCode: '409', error: 'Duplicate', message: 'The resource already exists' },
    }),
  ],
  [
    'removes files',
    (known) => ({
      ...{ method: 'DELETE', path: `/storage/v1/object/${known.bucket}`, as: 'token-of-service' },
      json: { prefixes: ['a/c.txt'] },
      needs: [{ name: 'a/c.txt', bucket_id: known.bucket, id: uuid, created_at: instant }],
    }),
  ],
  [
    'deletes the user',
    ({ user: { id } }) => ({
      ...{ method: 'DELETE', path: `/auth/v1/admin/users/${id.toUpperCase()}`, as: 'service', headers },
      json: { should_soft_delete: false },
    }),
  ],
]
