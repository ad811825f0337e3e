export type { Backend, ByteRange, ObjectKey, OpenBytes } from './backend.ts'
export { createFileBackend } from './file/index.ts'
