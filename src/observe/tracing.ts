import {
  type Attributes,
  context,
  ProxyTracerProvider,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'

const nobody = new ProxyTracerProvider().getDelegate()

/** Whether somebody has registered an OpenTelemetry SDK: without one, spans cost nothing. */
export function isTracing(): boolean {
  const provider = trace.getTracerProvider()
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegate() !== nobody
}

/** What OpenTelemetry is told of a span besides its name and length. */
export interface SpanOptions {
  readonly kind?: 'server' | 'client' | 'consumer' | 'internal'
  readonly attributes?: Attributes
}

const kinds = {
  ...{ server: SpanKind.SERVER, client: SpanKind.CLIENT },
  ...{ consumer: SpanKind.CONSUMER, internal: SpanKind.INTERNAL },
} as const

/**
 * Does work as a span of the current trace, through the OpenTelemetry API. Where it goes is up to the SDK that the
 * operator registers (`NODE_OPTIONS=--import=./telemetry.mjs`); without one this is the work alone.
 */
export function traced<T>(name: string, options: SpanOptions, work: (span?: Span) => Promise<T>): Promise<T> {
  if (!isTracing()) return work()
  const { kind = 'internal', attributes = {} } = options
  return trace.getTracer('portico').startActiveSpan(name, { kind: kinds[kind], attributes }, async (span) => {
    try {
      return await work(span)
    } catch (error) {
      span.recordException(error instanceof Error ? error : String(error))
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  })
}

/** Does work as part of the trace that a request's headers name (W3C Trace Context). */
export function continued<T>(headers: Readonly<Record<string, unknown>>, work: () => Promise<T>): Promise<T> {
  return isTracing() ? context.with(propagation.extract(context.active(), headers), work) : work()
}

/** The headers that carry the current trace on to whoever is asked next; none where there is no trace. */
export function traceHeaders(): Readonly<Record<string, string>> {
  if (!isTracing()) return noHeaders
  const carrier: Record<string, string> = {}
  propagation.inject(context.active(), carrier)
  return carrier
}

const noHeaders: Readonly<Record<string, string>> = Object.freeze({})
