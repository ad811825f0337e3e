export { type DumpOptions, dbDump } from './db-dump.ts'
