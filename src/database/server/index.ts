export { copyCluster } from './base-backup.ts'
export { type FileLock, lockFile } from './file-lock.ts'
export { type HeldFolder, type Holder, type HolderFacts, holdDataFolder, readHolder } from './held-folder.ts'
export { type PostgresOptions, type PostgresServer, startPostgres } from './start-postgres.ts'
