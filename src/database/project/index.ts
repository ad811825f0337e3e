export {
  applyMigrations,
  applyProject,
  applySchemaFiles,
  listMigrations,
  type ProjectResult,
} from './apply-project.ts'
export { runCopy } from './copy-query.ts'
export { dropDatabase } from './drop-database.ts'
export { readAppliedMigrations, repairHistory } from './history.ts'
export { createMigrationFile, type Migration } from './migrations.ts'
export type { ProjectOptions } from './options.ts'
export { pushMigrations } from './push.ts'
export { resetDatabase } from './reset.ts'
export { scanPiece } from './scan-sql.ts'
export { withScratchDatabase } from './scratch-database.ts'
export { filesOf } from './seeds.ts'
export { OpenStatement, readCopied } from './split-sql.ts'
