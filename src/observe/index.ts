/**
 * What Portico tells of itself: rooms report an {@link Observation}, one union of all there is, and this room makes log
 * lines and metrics of it. Traces go to OpenTelemetry where it is set up. Tests: `test/observe`.
 */
export { createLogger } from './logger.ts'
export { createMetrics, type Metrics } from './metrics.ts'
export { type Observation, type Observe, observeAll, silent } from './observation.ts'
export type { Measure } from './readings.ts'
export { continued, isTracing, type SpanOptions, traced, traceHeaders } from './tracing.ts'
