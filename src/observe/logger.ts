import pino, { type DestinationStream, type Logger } from 'pino'
import type { Observation, Observe } from './observation.ts'
import { plainLines } from './plain-lines.ts'

export interface LoggerOptions {
  /** `terminal`: coloured lines; `plain`: lines for people in a file or a pipe; `json`: for programs. */
  readonly form: 'terminal' | 'plain' | 'json'
  readonly level?: string
}

/** Writes observations to standard output. */
export async function createLogger({ form, level = 'info' }: LoggerOptions): Promise<Observe> {
  const options = { level, base: null, serializers: { err: errorForLog } }
  if (form === 'terminal') return lines(pino(options, await terminal()))
  const formatters = { level: (label: string) => ({ level: label }) }
  if (form === 'plain') {
    return lines(
      pino(
        { ...options, formatters },
        plainLines((text) => process.stdout.write(text)),
      ),
    )
  }
  let time = 0
  const timestamp = () => `,"time":${time}`
  const [stream, flush] = output()
  const log = pino({ ...options, timestamp, formatters }, stream)
  const write = lines(log)
  return gathered((observations) => {
    let text = ''
    for (const [observation, at] of observations) {
      const line = log.isLevelEnabled('info') ? lineOf(observation, at) : undefined
      text += line ?? ''
      if (line !== undefined) continue
      stream.write(text)
      text = ''
      time = at
      write(observation)
    }
    stream.write(text)
    flush()
  })
}

/** The line of what there are many of, as pino would write it: there, each takes longer than to find out what it says. */
function lineOf(o: Observation, time: number): string | undefined {
  if (o.kind === 'invocation') {
    const { name, trigger, status, cold } = o
    const use = `"ms":${round(o.ms)},"cold":${cold},"cpuMs":${round(o.cpuMs)},"peakMb":${megabytes(o.peakBytes)}`
    const call = `"function":${quoted(name)},"trigger":${quoted(trigger)},"status":${status},${use}`
    return `{"level":"info","time":${time}${named('id', o.id)},${call}${named('role', o.role)},"msg":${quoted(`function ${name} ${status}`)}}\n`
  }
  if (o.kind !== 'request') return undefined
  const { id, method, route, status } = o
  // An id that a client gave is harmless, and what is no method Node has refused.
  return `{"level":"info","time":${time},"id":"${id}","route":"${route}","status":${status},"ms":${round(o.ms)}${named('role', o.role)},"msg":"${method} ${route} ${status}"}\n`
}

/** What is not known is left out. */
function named(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${quoted(value)}`
}

const plain = /^[\w .:/-]*$/

/** As `JSON.stringify` writes it, which takes longer. */
function quoted(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text)
}

/** What drivers attach to an error (pg: the whole client, with the statement it ran) is no part of what happened. */
function errorForLog(error: Error): object {
  const all = Object.entries(pino.stdSerializers.err(error))
  return Object.fromEntries(all.filter(([name, value]) => name === 'details' || typeof value !== 'object'))
}

function lines(log: Logger): Observe {
  return (o) => {
    switch (o.kind) {
      case 'phase':
        if (o.state === 'fail') log.error({ phase: o.name, ms: Math.round(o.ms) }, `${o.name} failed`)
        else if (o.state === 'end') log.debug({ phase: o.name, ms: Math.round(o.ms) }, o.name)
        return
      case 'request':
        if (o.invoked) return
        log.info(
          { id: o.id, route: o.route, status: o.status, ms: round(o.ms), ...(o.role && { role: o.role }) },
          `${o.method} ${o.route} ${o.status}`,
        )
        return
      case 'invocation':
        log.info(invocation(o), `function ${o.name} ${o.status}`)
        return
      case 'event': {
        const failed = o.state === 'delivered' ? 'debug' : 'warn'
        const said = { [o.source]: o.name, state: o.state, attempt: o.attempt, ms: round(o.ms) }
        log[failed](said, `${o.source} ${o.name} ${o.state}`)
        return
      }
      case 'function-log':
        log[o.level]({ function: o.name }, o.message)
        return
      case 'mail':
        log.info({ subject: o.subject }, 'mail sent')
        return
      case 'schema':
        log.info({ version: o.version, ms: round(o.ms) }, 'GraphQL schema built')
        return
      case 'message':
        log[o.level]({ ...o.data, ...(o.error !== undefined && { err: o.error }) }, o.text)
        return
    }
  }
}

type Dated = readonly [observation: Observation, at: number]

/** How long, in milliseconds, a line may wait for others before all are written. */
const patience = 20
/** Lines that wait for one another at most. */
const most = 500

/**
 * Makes and writes the lines of a moment together: by themselves, between the steps of requests, they would cost more
 * than those steps. What went wrong is written at once; `kill -9` may cost other lines of the last moment.
 */
function gathered(write: (observations: readonly Dated[]) => void): Observe {
  let waiting: Dated[] = []
  const writeAll = () => {
    const all = waiting
    waiting = []
    write(all)
  }
  process.once('exit', writeAll)
  return (observation) => {
    if (observation.kind === 'request' && observation.invoked) return
    const count = waiting.push([observation, Date.now()])
    if (count === 1) setTimeout(writeAll, patience).unref()
    const isError = observation.kind === 'message' && observation.level === 'error'
    if (isError || count >= most) writeAll()
  }
}

/** Standard output, written to when enough has come together and when it is asked for: each time wakes whoever reads it. */
function output(): [DestinationStream, flush: () => void] {
  const stream = pino.destination({ dest: process.stdout.fd, sync: true, minLength: 8192 })
  process.once('exit', () => stream.flushSync())
  return [stream, () => stream.flush()]
}

async function terminal() {
  const { default: pretty } = await import('pino-pretty')
  return pretty({ ignore: 'pid,hostname', translateTime: 'HH:MM:ss', sync: true })
}

type Invocation = Extract<Observation, { kind: 'invocation' }>

/** What is not known is left out by the logger. */
function invocation({ id, name, trigger, status, ms, cold, cpuMs, peakBytes, role }: Invocation): object {
  const peakMb = megabytes(peakBytes)
  return { id, function: name, trigger, status, ms: round(ms), cold, cpuMs: round(cpuMs), peakMb, role }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024)
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
