export type { Status } from './failure.ts'
export type { Query } from './script.ts'
export { type PsqlOptions, PsqlSession } from './session.ts'
