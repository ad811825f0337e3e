export { databaseTypes } from './database-types.ts'
export { introspect } from './introspect.ts'
