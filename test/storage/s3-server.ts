import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from '@20minutes/s3rver'
import { CreateBucketCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3'
import { s3Keys } from './s3-client.ts'
import { openStorage, type S3Server } from './storage-fixture.ts'

/** A server that speaks S3, on loopback, with a bucket for another Storage's objects. */
export async function startS3(kind: 'portico' | 's3rver'): Promise<S3Server> {
  const server = await (kind === 'portico' ? startPortico() : startS3rver())
  const settings = { ...server, bucket: 'kept', forcePathStyle: true }
  const { endpoint, region, accessKeyId, secretAccessKey } = settings
  const credentials = { accessKeyId, secretAccessKey }
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket: settings.bucket }))
  return {
    settings,
    async keys() {
      const keys: string[] = []
      for await (const { Contents } of paginateListObjectsV2({ client }, { Bucket: settings.bucket })) {
        keys.push(...(Contents ?? []).flatMap(({ Key }) => Key ?? []))
      }
      return keys
    },
    async [Symbol.asyncDispose]() {
      client.destroy()
      await server.stop()
    },
  }
}

/** The S3 endpoint of another Portico. */
async function startPortico() {
  const storage = await openStorage({ backend: 'file', fileSizeLimit: 2 ** 30 })
  return {
    endpoint: `${await storage.listen()}/storage/v1/s3`,
    region: 'local',
    ...s3Keys,
    stop: () => storage[Symbol.asyncDispose](),
  }
}

/** A server that others wrote; it does not know all headers that clients sign by now. */
async function startS3rver() {
  const directory = await mkdtemp(join(tmpdir(), 'portico-s3rver-'))
  const server = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory, allowMismatchedSignatures: true })
  const { port } = await server.run()
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    accessKeyId: 'S3RVER',
    secretAccessKey: 'S3RVER',
    async stop() {
      await server.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
