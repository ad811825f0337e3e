import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import type { Observation, Observe } from './observation.ts'
import { type Measure, watchReadings } from './readings.ts'

/** Counts what is observed, for Prometheus. */
export interface Metrics {
  readonly observe: Observe
  readonly contentType: string
  /** Has something looked at whenever the metrics are asked for. */
  watch<Readings>(measures: Readonly<Record<string, Measure<Readings>>>, read: () => Readings | undefined): void
  /** The metrics in Prometheus' text format. */
  text(): Promise<string>
}

type RequestObservation = Extract<Observation, { kind: 'request' }>
type InvocationObservation = Extract<Observation, { kind: 'invocation' }>

/** Of requests, and of invocations, that wait to be counted at most: many at once cost less than each between the steps of others. */
const most = 100

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
    labelNames: ['function', 'trigger', 'status', 'start'],
    registers: [registry],
  })
  const ofFunction = { labelNames: ['function' as const], registers: [registry] }
  const processorTime = new Counter({
    name: 'portico_function_cpu_seconds_total',
    help: 'Processor time of edge functions.',
    ...ofFunction,
  })
  const memoryTime = new Counter({
    name: 'portico_function_gb_seconds_total',
    help: 'Memory of edge functions times the time that they held it.',
    ...ofFunction,
  })
  const peakMemory = new Histogram({
    name: 'portico_function_peak_memory_bytes',
    help: 'Most memory that an invocation found its process to have.',
    buckets: [16, 32, 64, 96, 128, 192, 256, 512].map((megabytes) => megabytes * 1024 * 1024),
    ...ofFunction,
  })
  const events = new Histogram({
    name: 'portico_event_attempt_duration_seconds',
    help: 'Duration of attempts to deliver events of the log, by what became of the event.',
    labelNames: ['source', 'name', 'state'],
    registers: [registry],
  })
  const schemas = new Counter({
    name: 'portico_schema_builds_total',
    help: 'How often the GraphQL schema was built.',
    registers: [registry],
  })

  let answered: RequestObservation[] = []
  let invoked: InvocationObservation[] = []

  function countRequests(): void {
    const all = answered
    answered = []
    for (const { route, method, status, ms } of all) requests.observe({ route, method, status }, ms / 1000)
  }

  function countInvocations(): void {
    const all = invoked
    invoked = []
    const totals = new Map<string, { cpuMs: number; gbSeconds: number }>()
    for (const { name, trigger, status, cold, ms, cpuMs, peakBytes, gbSeconds } of all) {
      invocations.observe({ function: name, trigger, status, start: cold ? 'cold' : 'warm' }, ms / 1000)
      peakMemory.observe({ function: name }, peakBytes)
      const total = totals.get(name)
      if (total === undefined) totals.set(name, { cpuMs, gbSeconds })
      else {
        total.cpuMs += cpuMs
        total.gbSeconds += gbSeconds
      }
    }
    for (const [name, { cpuMs, gbSeconds }] of totals) {
      processorTime.inc({ function: name }, cpuMs / 1000)
      memoryTime.inc({ function: name }, gbSeconds)
    }
  }

  return {
    contentType: registry.contentType,
    watch: (measures, read) => watchReadings(registry, measures, read),
    text() {
      countRequests()
      countInvocations()
      return registry.metrics()
    },
    observe: (o) => {
      if (o.kind === 'request') {
        if (answered.push(o) >= most) countRequests()
      } else if (o.kind === 'invocation') {
        if (invoked.push(o) >= most) countInvocations()
      } else if (o.kind === 'event') {
        events.observe({ source: o.source, name: o.name, state: o.state }, o.ms / 1000)
      } else if (o.kind === 'schema') schemas.inc()
    },
  }
}
