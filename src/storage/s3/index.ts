export { type S3Options, serveS3 } from './serve.ts'
