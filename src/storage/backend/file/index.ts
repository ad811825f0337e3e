export { createFileBackend } from './file-backend.ts'
export { keepBytes } from './kept-bytes.ts'
export { openFile } from './open-file.ts'
