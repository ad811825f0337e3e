export { createDatabase, type Database, serviceCaller } from './database.ts'
export { type Asker, type Session, withIsoTimes } from './session.ts'
export type { BucketRow, ObjectMetadata, ObjectRow, StorageTables } from './tables.ts'
