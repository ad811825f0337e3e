/**
 * Storage: the API of Supabase Storage. A row of `storage.objects`, under row-level security, and bytes in a backend.
 *
 * Words: a *version* is one content of an object, written once and never changed; the row of the object names the current one; an
 * *upload* is one that comes in parts, until it is *completed*; the *sweep* removes bytes that no row names.
 *
 * Begin at `storage.ts`, and at `routes/` for the HTTP API. `buckets/` and `objects/` are what can be done; `receiving/` takes
 * bytes in, `serving/` sends them out, `images/` transforms them; `resumable/` (TUS), `parted/` and `s3/` are the other ways to
 * upload; `backend/` keeps bytes in files or on S3. Why bytes come before rows: docs/decisions/storage-bytes-before-rows.md.
 * Tests: `test/storage`.
 */
export { type Backend, createFileBackend, keepBytes, openBackend } from './backend/index.ts'
export { s3KeyPair, s3Region } from './s3-keys.ts'
export type { BucketSeed } from './seed/index.ts'
export { createStorage, type StorageOptions, type StorageService, type StorageSettings } from './storage.ts'
