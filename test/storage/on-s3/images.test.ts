import { startS3 } from '../s3-server.ts'
import { keepOnS3 } from '../storage-fixture.ts'

// The same tests with the objects kept by the S3 endpoint of a second Portico.
keepOnS3(() => startS3('portico'))
await import('../images.test.ts')
