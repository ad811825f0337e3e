export {
  type CallerPool,
  type CallerPoolOptions,
  createCallerPool,
  type RunOptions,
} from './caller-pool.ts'
export type { ByteSink, BytesRow, Flow, Streaming } from './collectors.ts'
export { ClientGone, type Departure, departureOf } from './departure.ts'
export type { FailedStatement, Statement } from './round-trip.ts'
