export { createDatabase, type Database, serviceCaller } from './database.ts'
export type { Asker, Session } from './session.ts'
export type { BucketRow, ObjectMetadata, ObjectRow, StorageTables } from './tables.ts'
