export {
  applyMigrations,
  applyProject,
  listMigrations,
  type ProjectResult,
} from './apply-project.ts'
export { createMigrationFile, type Migration } from './migrations.ts'
export type { ProjectOptions } from './options.ts'
export { resetDatabase } from './reset.ts'
