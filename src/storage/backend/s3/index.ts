export { createS3Backend } from './s3-backend.ts'
