export {
  type Backend,
  type ByteRange,
  gatheringTime,
  type ObjectKey,
  type OpenBytes,
  type Part,
  type PartedUpload,
  type Resumable,
  type StoredBytes,
  settledMark,
} from './backend.ts'
export { createFileBackend, keepBytes, openFile } from './file/index.ts'
export { openBackend } from './open-backend.ts'
