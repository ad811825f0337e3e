export { type Backend, createFileBackend } from './backend/index.ts'
export type { BucketSeed } from './seed/index.ts'
export { createStorage, type StorageOptions, type StorageService, type StorageSettings } from './storage.ts'
