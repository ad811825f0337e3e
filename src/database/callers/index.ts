export {
  type CallerPool,
  type CallerPoolOptions,
  createCallerPool,
  type Departure,
  type RunOptions,
} from './caller-pool.ts'
export type { ByteSink, BytesRow, Flow, Streaming } from './collectors.ts'
export type { FailedStatement, Statement } from './round-trip.ts'
