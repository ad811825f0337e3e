export type { BucketSeed } from './seed-buckets.ts'
export { createStorage, type StorageConfig, type StorageOptions, type StorageService } from './storage.ts'
