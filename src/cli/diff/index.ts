export { schemaOf } from './compare.ts'
export { type DbDiffOptions, dbDiff } from './db-diff.ts'
