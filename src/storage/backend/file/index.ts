export { createFileBackend } from './file-backend.ts'
