/**
 * Postgres: the embedded server, what Portico keeps in it, and how statements get there.
 *
 * Words: a *caller* is a role with the claims of a token, as which a statement runs; a *line* is one connection in Portico's own hands,
 * and an *exchange* what goes down it up to one Sync; *brief* statements are known to take little time, so that those of several
 * callers share a write; a *stand-in* is SQL in place of an extension that npm cannot bring; the *administrator* is
 * `supabase_admin`, the superuser of the embedded server.
 *
 * `server/` runs the embedded Postgres and holds the data folder. `baseline/` is the SQL that makes a database one of
 * Supabase's (roles, schemas, functions), `extensions/` the stand-ins of extensions, `project/` a project's migrations and
 * seed. `catalog/` reads what there is and watches it change. `callers/` runs statements as a caller, in one round trip,
 * over the connections of `wire/`, which speaks Postgres' protocol; answers are kept as `bytes/`. `sql/` has what GraphQL and
 * the Data API share in writing SQL. Tests: `test/database`.
 */
export { administer, amongPostgresOwn, asAdministrator } from './administer.ts'
export { applyBaseline, type BaselineOptions, neededPrivileges } from './baseline/index.ts'
export {
  type Bytes,
  bufferOf,
  bytesOf,
  endWith,
  type Piece,
  pieceOf,
  textOf,
  writeCopy,
} from './bytes/index.ts'
export type { Caller, Claims, RequestInfo } from './caller.ts'
export {
  type ByteSink,
  type BytesRow,
  type CallerPool,
  type CallerPoolOptions,
  ClientGone,
  createCallerPool,
  type Departure,
  departureOf,
  type FailedStatement,
  type Flow,
  type RunOptions,
  type Statement,
  type Streaming,
} from './callers/index.ts'
export {
  type Catalog,
  type CatalogWatch,
  type Column,
  type ColumnOrigin,
  type ForeignKey,
  type FunctionName,
  type KeyedTable,
  type NamedType,
  type PgFunction,
  type PgFunctionArgument,
  type PgType,
  type Privileges,
  readCatalog,
  readPrivileges,
  type Table,
  type TableBehind,
  watchCatalog,
  withinSchemas,
} from './catalog/index.ts'
export { checkLogin } from './check-login.ts'
export { type Connections, heldOpen, type LoginRole } from './connections.ts'
export { installExtension, type StandIn, standIns, writeExtensionFolder } from './extensions/index.ts'
export { type Listener, openListener } from './listener.ts'
export { isPooled } from './pooled.ts'
export {
  applyMigrations,
  applyProject,
  applySchemaFiles,
  createMigrationFile,
  dropDatabase,
  filesOf,
  listMigrations,
  type Migration,
  OpenStatement,
  type ProjectOptions,
  type ProjectResult,
  pushMigrations,
  readAppliedMigrations,
  readCopied,
  repairHistory,
  resetDatabase,
  runCopy,
  scanPiece,
  withScratchDatabase,
} from './project/index.ts'
export {
  copyCluster,
  type FileLock,
  type HeldFolder,
  type Holder,
  type HolderFacts,
  holdDataFolder,
  lockFile,
  type PostgresOptions,
  type PostgresServer,
  readHolder,
  startPostgres,
} from './server/index.ts'
export {
  arrayText,
  column,
  comparisons,
  compileSql,
  concat,
  createCompiler,
  type Fragment,
  type JsonDialect,
  jsonDialect,
  objectText,
  qualified,
  queryParsers,
  spokenTypeName,
  type Text,
  whereSql,
} from './sql/index.ts'
export { isSupabaseElsewhere } from './supabase-elsewhere.ts'
export { tolerateBreaks } from './tolerate-breaks.ts'
export { isUnreachable } from './unreachable.ts'
export type { TextRow } from './wire/index.ts'
