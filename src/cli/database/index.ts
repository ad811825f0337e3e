export {
  fetchMigrations,
  type ListMigrationsOptions,
  listAllMigrations,
  migrateUp,
  newMigration,
  type PushOptions,
  type RepairOptions,
  repairMigrations,
} from './migrations.ts'
export { withProjectDatabase } from './project-database.ts'
export { type QueryOptions, query } from './query.ts'
export { type Answer, answerOf, asText, formats } from './query-output.ts'
export { type ResetOptions, reset } from './reset.ts'
export { seedBuckets } from './seed-buckets.ts'
