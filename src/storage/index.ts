export { type Backend, createFileBackend, keepBytes, openBackend } from './backend/index.ts'
export { s3KeyPair, s3Region } from './s3-keys.ts'
export type { BucketSeed } from './seed/index.ts'
export { createStorage, type StorageOptions, type StorageService, type StorageSettings } from './storage.ts'
