export type { Query } from './script.ts'
export { type PsqlOptions, PsqlSession, type Status } from './session.ts'
