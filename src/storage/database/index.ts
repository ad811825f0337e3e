export { createDatabase, type Database } from './database.ts'
export { type Asker, type Session, serviceCaller, withIsoTimes } from './session.ts'
export type { BucketRow, ObjectMetadata, ObjectRow, StorageTables } from './tables.ts'
