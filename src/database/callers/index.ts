export {
  type CallerPool,
  type CallerPoolOptions,
  createCallerPool,
  type RunOptions,
} from './caller-pool.ts'
export type { ByteSink, BytesRow, Flow, Streaming } from './collectors.ts'
export { ClientGone, type Departure, departureOf } from './departure.ts'
export type { Statement } from './question.ts'
export type { FailedStatement } from './round-trip.ts'
