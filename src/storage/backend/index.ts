export type { Backend, ByteRange, ObjectKey, OpenBytes, StoredBytes } from './backend.ts'
export { createFileBackend } from './file/index.ts'
