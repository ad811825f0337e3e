import { join } from 'node:path'
import type { Config } from '#config'
import type { Backend } from './backend.ts'
import { deferred } from './deferred.ts'
import { createFileBackend } from './file/index.ts'

export interface BackendSettings extends Pick<Config, 'dataFolder'> {
  readonly storage: Pick<Config['storage'], 'backend' | 's3'>
}

/** Where the configuration says that bytes are kept. */
export function openBackend({ dataFolder, storage }: BackendSettings): Backend {
  if (storage.backend === 'file') return createFileBackend(join(dataFolder, 'storage'))
  const { bucket = '', accessKeyId = '', secretAccessKey = '', ...server } = storage.s3
  return deferred(async () => {
    const { createS3Backend } = await import('./s3/index.ts')
    return createS3Backend({ ...server, bucket, accessKeyId, secretAccessKey })
  })
}
