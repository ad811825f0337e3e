export {
  applyMigrations,
  applyProject,
  listMigrations,
  type ProjectOptions,
  type ProjectResult,
} from './apply-project.ts'
export { createMigrationFile, type Migration } from './migrations.ts'
export { resetDatabase } from './reset.ts'
