import type { StorageSettings } from '#storage'

/** `[storage]` of a project that says nothing of it. */
export function storageSettings(fileSizeLimit = 50 * 1024 * 1024): StorageSettings['storage'] {
  return {
    fileSizeLimit,
    backend: 'file',
    s3: { region: 'us-east-1', forcePathStyle: true },
    s3Protocol: { enabled: true },
    imageTransformation: { enabled: true },
  }
}
