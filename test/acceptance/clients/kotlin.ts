import { among, bucket, instant, number, type Requests, session, text, user, uuid } from './requests.ts'

/** supabase-kt: no nulls, no body where there is nothing to say, a slash after what has no more to its path. */
export const kotlin: Requests = [
  [
    'signs in',
    ({ email }) => ({
      ...{ method: 'POST', path: '/auth/v1/token?grant_type=password' },
      ...{ json: { email, password: 'secret-enough', gotrue_meta_security: {} }, needs: session },
    }),
  ],
  [
    'is told why not',
    ({ email }) => ({
      ...{ method: 'POST', path: '/auth/v1/token?grant_type=password', json: { email, password: 'wrong' } },
      ...{ status: 400, needs: { error_code: 'invalid_credentials', msg: text } },
    }),
  ],
  [
    'enrols a factor',
    () => ({
      ...{ method: 'POST', path: '/auth/v1/factors/', as: 'user', json: { factor_type: 'totp', issuer: 'app' } },
      needs: { id: uuid, totp: { secret: text, qr_code: text, uri: text } },
    }),
  ],
  [
    'challenges it',
    ({ answers }) => ({
      ...{ method: 'POST', path: `/auth/v1/factors/${answers['enrols a factor'].id}/challenge`, as: 'user', json: {} },
      needs: { id: uuid, type: 'totp', expires_at: number },
    }),
  ],
  [
    'reads the user with it',
    () => ({
      ...{ method: 'GET', path: '/auth/v1/user', as: 'user' },
      needs: {
        ...user,
        identities: [{ id: text, identity_data: { email: text }, provider: 'email', user_id: uuid }],
        factors: [{ id: uuid, factor_type: 'totp', status: 'unverified', created_at: instant, updated_at: instant }],
      },
    }),
  ],
  [
    'gives it up without a body',
    ({ answers }) => ({ method: 'DELETE', path: `/auth/v1/factors/${answers['enrols a factor'].id}`, as: 'user' }),
  ],
  [
    'changes the user',
    () => ({
      ...{ method: 'PUT', path: '/auth/v1/user', as: 'user', json: { data: { name: 'Kay' } } },
      needs: { ...user, user_metadata: { name: 'Kay' } },
    }),
  ],
  ['lists buckets', (known) => ({ method: 'GET', path: '/storage/v1/bucket', as: 'service', needs: among(known) })],
  [
    'reads a bucket',
    (known) => ({ method: 'GET', path: `/storage/v1/bucket/${known.bucket}`, as: 'service', needs: bucket }),
  ],
  [
    'uploads',
    (known) => ({
      ...{ method: 'POST', path: `/storage/v1/object/${known.bucket}/k.txt`, as: 'service' },
      ...{ headers: { 'content-type': 'text/plain', 'x-upsert': 'false' }, body: 'kotlin' },
      needs: { Id: uuid, Key: `${known.bucket}/k.txt` },
    }),
  ],
  [
    'signs a URL and says at once how it is to be downloaded',
    (known) => ({
      ...{
        method: 'POST',
        path: `/storage/v1/object/sign/${known.bucket}/k.txt?cacheNonce=1&download=`,
        as: 'service',
      },
      ...{ json: { expiresIn: 60 }, needs: { signedURL: text } },
    }),
  ],
  [
    'downloads with a token',
    (known) => ({ method: 'GET', path: `/storage/v1/object/authenticated/${known.bucket}/k.txt`, as: 'service' }),
  ],
  ['asks for a file', (known) => ({ method: 'HEAD', path: `/storage/v1/object/${known.bucket}/k.txt`, as: 'service' })],
  [
    'looks at a file',
    (known) => ({
      ...{ method: 'GET', path: `/storage/v1/object/info/${known.bucket}/k.txt`, as: 'service' },
      needs: { id: uuid, name: 'k.txt', version: uuid, created_at: instant, size: 6, content_type: 'text/plain' },
    }),
  ],
  [
    'finds no file',
    (known) => ({
      ...{ method: 'GET', path: `/storage/v1/object/info/${known.bucket}/none`, as: 'service', status: 400 },
      needs: { statusCode: '404', error: text, message: text },
    }),
  ],
  [
    'has a URL to upload to, without a body',
    (known) => ({
      ...{ method: 'POST', path: `/storage/v1/object/upload/sign/${known.bucket}/l.txt`, as: 'service' },
      ...{ headers: { 'x-upsert': 'false' }, needs: { url: text } },
    }),
  ],
  [
    'uploads to it, and needs the id',
    ({ answers }) => ({
      ...{ method: 'PUT', path: `/storage/v1${answers['has a URL to upload to, without a body'].url}`, as: 'service' },
      ...{ headers: { 'content-type': 'text/plain', 'x-upsert': 'false' }, body: 'kotlin' },
      needs: { Id: uuid, Key: text },
    }),
  ],
  [
    'deletes the user without a body',
    ({ user: { id } }) => ({ method: 'DELETE', path: `/auth/v1/admin/users/${id}`, as: 'service' }),
  ],
]
