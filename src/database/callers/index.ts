export { type CallerPool, type CallerPoolOptions, createCallerPool } from './caller-pool.ts'
export type { Statement } from './round-trip.ts'
