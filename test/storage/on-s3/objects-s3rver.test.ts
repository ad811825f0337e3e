import { startS3 } from '../s3-server.ts'
import { keepOnS3 } from '../storage-fixture.ts'

// The same tests with the objects kept by a server of S3 that others wrote.
keepOnS3(() => startS3('s3rver'))
await import('../objects.test.ts')
