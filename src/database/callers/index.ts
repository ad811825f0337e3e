export {
  type CallerPool,
  type CallerPoolOptions,
  createCallerPool,
  type Departure,
  type RunOptions,
} from './caller-pool.ts'
export type { Flow, Streaming } from './collectors.ts'
export type { ByteSink, Bytes, FailedStatement, Statement } from './round-trip.ts'
