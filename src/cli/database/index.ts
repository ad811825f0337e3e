export { listAllMigrations, migrateUp, newMigration } from './migrations.ts'
export { withProjectDatabase } from './project-database.ts'
export { type QueryOptions, query } from './query.ts'
export { type ResetOptions, reset } from './reset.ts'
