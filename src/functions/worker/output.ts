import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import * as z from 'zod'

const logLevels = ['debug', 'info', 'warn', 'error'] as const

/** What the prelude reports, one JSON line each after a record separator. */
const recordShape = z.discriminatedUnion('type', [
  /** IPv6 could not be closed to it. */
  z.object({ type: z.literal('exposed'), message: z.string() }),
  /** Booted and listening; waits for its assignment. */
  z.object({ type: z.literal('up') }),
  /** It has used beforehand what functions use first. */
  z.object({ type: z.literal('rehearsed') }),
  /** The function's handler is in place, or a server of Node's that listens on a socket of its own. */
  z.object({ type: z.literal('ready'), socket: z.literal('node').optional() }),
  /** The function's module threw while it was loaded. */
  z.object({ type: z.literal('threw'), message: z.string() }),
  z.object({ type: z.literal('background'), busy: z.boolean() }),
  /** A response that had begun breaks off, and the process goes on. */
  z.object({ type: z.literal('stream-failed') }),
  /** The process is about to end, and has begun so many requests; or it goes on after all. */
  z.object({ type: z.literal('leaving'), begun: z.int() }),
  z.object({ type: z.literal('staying') }),
  z.object({ type: z.literal('log'), level: z.enum(logLevels), message: z.string() }),
])

export type OutputRecord = z.infer<typeof recordShape>

export interface OutputListener {
  record(record: OutputRecord): void
  /** What the function, or Deno itself, wrote past the console. */
  text(text: string, stream: 'stdout' | 'stderr'): void
}

const separator = '\u001e'
const maxLine = 64 * 1024
/** Bytes that are read of a stream at once, however slowly they are to be read. */
const burst = 256 * 1024
const bytesPerMs = 2048

/**
 * Reads a process' output, at most 2 MB a second and never much of it at once: whoever writes more waits, instead of keeping
 * Portico busy. Anyone in the process can write a record; none says more than the function may say about itself.
 */
export function readOutput(
  stream: Readable,
  listener: { record(record: OutputRecord): void; text(text: string): void },
): void {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let allowance = burst
  let refilled = performance.now()

  stream.on('data', (chunk: Buffer) => {
    take(decoder.write(chunk))
    const now = performance.now()
    allowance = Math.min(burst, allowance + (now - refilled) * bytesPerMs) - chunk.length
    refilled = now
    if (allowance >= 0) return
    stream.pause()
    setTimeout(() => stream.resume(), -allowance / bytesPerMs)
  })
  stream.on('end', () => take(`${decoder.end()}\n`))
  stream.on('error', () => {})

  function take(text: string): void {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > maxLine) {
      lines.push(rest)
      rest = ''
    }
    let plain: string[] = []
    const flush = () => {
      const written = plain.join('\n').trim()
      plain = []
      if (written !== '') listener.text(written)
    }
    for (const line of lines) {
      const record = line.startsWith(separator) ? parseRecord(line.slice(1)) : undefined
      if (record === undefined) {
        plain.push(line)
        continue
      }
      flush()
      listener.record(record)
    }
    flush()
  }
}

function parseRecord(json: string): OutputRecord | undefined {
  try {
    const given: unknown = JSON.parse(json)
    return isLog(given) ? given : recordShape.parse(given)
  } catch {
    return undefined
  }
}

type LogRecord = Extract<OutputRecord, { type: 'log' }>

/** Of these there may be tens of thousands a second: by the shape above each takes several times as long. */
function isLog(given: unknown): given is LogRecord {
  const { type, level, message } = given as Record<keyof LogRecord, unknown>
  return type === 'log' && logLevels.includes(level as LogRecord['level']) && typeof message === 'string'
}
