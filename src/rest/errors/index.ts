export * from './catalogue-errors.ts'
export { fromDatabase } from './from-database.ts'
export * from './request-errors.ts'
export { RestError } from './rest-error.ts'
