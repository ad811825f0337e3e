export { createFileBackend } from './file-backend.ts'
export { openFile } from './open-file.ts'
