export { createTableChanges } from './changes.ts'
export { createDatabaseMessages } from './messages.ts'
