import { S3Client } from '@aws-sdk/client-s3'
import { s3KeyPair } from '#storage'
import { jwtSecret, type StorageFixture } from './storage-fixture.ts'

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** The keys of the S3 protocol of a fixture's Storage. */
export const s3Keys: S3Credentials = s3KeyPair(jwtSecret)

/** A client of AWS' own, as Supabase's documentation sets it up. */
export async function s3Client(storage: StorageFixture, credentials: S3Credentials = s3Keys): Promise<S3Client> {
  return new S3Client({
    endpoint: `${await storage.listen()}/storage/v1/s3`,
    region: 'local',
    forcePathStyle: true,
    credentials,
    maxAttempts: 1,
  })
}
