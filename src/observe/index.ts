export { createLogger } from './logger.ts'
export { createMetrics, type Metrics } from './metrics.ts'
export { type Observation, type Observe, observeAll, silent } from './observation.ts'
export { continued, type SpanOptions, traced, traceHeaders } from './tracing.ts'
