import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { PorticoError } from '#errors'
import type { Observe } from '#observe'
import { cannotRun } from './cluster.ts'
import { spawnGuarded } from './guard.ts'
import { type LogLine, observationOf, parseLogLine } from './log-lines.ts'
import type { Placement } from './placement.ts'

/** One run of the server, from its start to its end. */
export interface Postmaster {
  readonly pid: number
  /** Resolves when it has ended, with why. */
  readonly ended: Promise<string>
  /** Ends it: sessions are cut off, what is committed is written. Within `patience` ms, else without its goodbye. */
  stop(patience: number): Promise<void>
}

/**
 * Starts Postgres on its cluster; resolves when it takes connections.
 *
 * @throws PorticoError POSTGRES_FAILED with the server's own words
 */
export async function startPostmaster(placement: Placement, observe: Observe): Promise<Postmaster> {
  const { identity, binaries, cluster } = placement
  const child = spawnGuarded(identity, 'INT', binaries.postgres, ['-D', cluster])
  let [isReady, stopping] = [false, false]
  let reasons: string[] = []
  const ready = Promise.withResolvers<void>()
  readLog(child, (line) => {
    observe(observationOf(line, stopping))
    if (line.text === 'database system is ready to accept connections') {
      isReady = true
      reasons = []
      ready.resolve()
    }
    if (isReason(line, isReady)) reasons.push(line.text)
  })

  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      ready.reject(cannotRun(error, binaries.postgres))
      resolve(error.message)
    })
    child.once('exit', async (code, signal) => {
      // The last lines of the log say why; a session that outlived the server may hold the log open for long.
      await Promise.race([once(child, 'close'), sleep(250)])
      const why = reasons.join('; ') || `it ended with ${signal ?? `status ${code}`}`
      ready.reject(failed(why))
      resolve(why)
    })
  })
  await ready.promise

  return {
    pid: child.pid ?? 0,
    ended,
    stop: async (patience) => {
      stopping = true
      child.kill('SIGINT')
      const impatient = setTimeout(() => child.kill('SIGQUIT'), patience)
      await ended
      clearTimeout(impatient)
    },
  }
}

function readLog(child: ChildProcess, take: (line: LogLine) => void): void {
  if (!child.stderr) return
  createInterface({ input: child.stderr }).on('line', (text) => {
    const line = parseLogLine(text)
    if (line) take(line)
  })
}

/** Before it is ready a FATAL is the server's own end, afterwards one session's. */
function isReason({ level, text }: LogLine, isReady: boolean): boolean {
  if (isReady) return level === 'PANIC'
  return level === 'PANIC' || level === 'FATAL' || text.includes(' parameter "')
}

function failed(why: string): PorticoError {
  return new PorticoError('POSTGRES_FAILED', { message: `Postgres did not start: ${why}.`, details: { reason: why } })
}
