import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import * as z from 'zod'

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
  z.object({ type: z.literal('log'), level: z.enum(['debug', 'info', 'warn', 'error']), message: z.string() }),
])

export type OutputRecord = z.infer<typeof recordShape>

export interface OutputListener {
  record(record: OutputRecord): void
  /** What the function, or Deno itself, wrote past the console. */
  text(text: string, stream: 'stdout' | 'stderr'): void
}

const separator = '\u001e'
const maxLine = 64 * 1024
const bytesPerTick = 512 * 1024
const tickMs = 100

/**
 * Reads a process' output, at most 5 MB a second: whoever writes more waits, instead of keeping Portico busy.
 * Anyone in the process can write a record; none says more than the function may say about itself.
 */
export function readOutput(
  stream: Readable,
  listener: { record(record: OutputRecord): void; text(text: string): void },
): void {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let budget = bytesPerTick
  let tick = performance.now()

  stream.on('data', (chunk: Buffer) => {
    take(decoder.write(chunk))
    const now = performance.now()
    if (now - tick > tickMs) {
      tick = now
      budget = bytesPerTick
    }
    budget -= chunk.length
    if (budget > 0) return
    stream.pause()
    setTimeout(() => stream.resume(), tickMs)
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
    return recordShape.parse(JSON.parse(json))
  } catch {
    return undefined
  }
}
