export { type CallerPool, type CallerPoolOptions, createCallerPool } from './caller-pool.ts'
export type { Statement, TextRow } from './round-trip.ts'
