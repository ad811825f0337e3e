export { fromDatabase, wasRolledBack } from './from-database.ts'
export { StorageError } from './storage-error.ts'
