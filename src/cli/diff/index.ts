export { type DbDiffOptions, dbDiff } from './db-diff.ts'
