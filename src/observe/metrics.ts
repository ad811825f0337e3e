import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import type { Observe } from './observation.ts'

export interface Metrics {
  readonly observe: Observe
  readonly contentType: string
  /** The metrics in Prometheus' text format. */
  text(): Promise<string>
}

/** Counts observations for Prometheus. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'portico_http_request_duration_seconds',
    help: 'Duration of answered HTTP requests.',
    labelNames: ['route', 'method', 'status'],
    registers: [registry],
  })
  const invocations = new Histogram({
    name: 'portico_function_duration_seconds',
    help: 'Duration of edge function invocations.',
    labelNames: ['function', 'status', 'start'],
    registers: [registry],
  })
  const schemas = new Counter({
    name: 'portico_schema_builds_total',
    help: 'How often the GraphQL schema was built.',
    registers: [registry],
  })

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    observe: (o) => {
      if (o.kind === 'request') {
        requests.observe({ route: o.route, method: o.method, status: o.status }, o.ms / 1000)
      } else if (o.kind === 'invocation') {
        invocations.observe({ function: o.name, status: o.status, start: o.cold ? 'cold' : 'warm' }, o.ms / 1000)
      } else if (o.kind === 'schema') schemas.inc()
    },
  }
}
