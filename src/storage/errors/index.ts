export type { StorageErrorCode } from './catalogue.ts'
export { fromDatabase, wasRolledBack } from './from-database.ts'
export { StorageError, type StorageErrorBody } from './storage-error.ts'
