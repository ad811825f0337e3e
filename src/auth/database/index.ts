export { databaseErrorFacts, isUniqueViolation } from './database-error.ts'
export { failingAs } from './failing-as.ts'
export { type AuthDatabase, maximumConnections, openDatabase } from './open-database.ts'
export type { AuthTables, OneTimeTokenType } from './tables.ts'
