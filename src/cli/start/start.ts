import { existsSync } from 'node:fs'
import { createApp } from '#app'
import { loadConfig } from '#config'
import { createLogger, type Observe } from '#observe'
import { settleSoon } from '../memory.ts'
import type { DatabaseOptions } from '../options.ts'
import { createReporter } from './reporter.ts'
import { onStopSignal } from './stop-signal.ts'

export interface StartOptions extends DatabaseOptions {
  readonly ephemeral?: boolean
  readonly host?: string
  readonly port?: number
  readonly dbPort?: number
  readonly production?: boolean
  readonly json?: boolean
  readonly envFile?: string
  /** Seconds that requests in flight have when it is stopped. */
  readonly grace?: number
}

/** Seconds that requests in flight have when it is stopped. */
const usualGrace = 4

/** Milliseconds that stopping may take besides, Postgres and edge functions included. */
const patience = 4_000

/** Why a start that did not finish ends. */
const stopRequested = new Error('asked to stop')

/**
 * Starts a project's backend and runs until a signal asks to stop. Once is clean: what is in flight has its grace to
 * finish. Twice is at once. However this process ends, Postgres and the edge functions end with it: their
 * guards see to that.
 *
 * @param loaded called once all is loaded
 */
export async function start(options: StartOptions, loaded: () => void): Promise<void> {
  const config = await loadConfig({ ...options, env: process.env })
  const grace = (options.grace ?? usualGrace) * 1000
  // Where the log is collected every line of it is JSON, or none.
  const json = options.json === true || (config.mode === 'production' && !process.stdout.isTTY)
  const reporter = createReporter({ json, mode: config.mode })
  for (const warning of config.warnings) reporter.warning(warning)
  if (!existsSync(config.project.supabase)) {
    reporter.warning(
      `${config.project.root} has no folder supabase, so there are no tables. portico init makes a project.`,
    )
  }

  const log = await createLogger({ form: config.mode === 'development' ? reporter.style : 'json' })
  let running = false
  const stop = new AbortController()
  const observe: Observe = (observation) => {
    // A step that stopping interrupts fails, which is nobody's concern.
    if (observation.kind === 'phase') return stop.signal.aborted ? undefined : reporter.phase(observation)
    // Until it runs, progress tells enough.
    if (!running && observation.kind === 'schema') return
    reporter.makeRoom()
    log(observation)
  }

  // A promise that some library forgot to look after takes no database along.
  process.on('unhandledRejection', (error) => {
    observe({ kind: 'message', level: 'error', text: 'something failed that nobody waited for', error })
  })
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()))
  const starting = createApp(config, { observe, signal: stop.signal, grace })
  const signals = onStopSignal({
    first: () => stop.abort(stopRequested),
    again: (signal) => process.exit(signal === 'SIGINT' ? 130 : 143),
  })
  void stopped.then(() => {
    reporter.stopping()
    setTimeout(() => {
      reporter.warning('Not everything stopped in time; it is ended.')
      process.exit(1)
    }, grace + patience).unref()
  })
  try {
    const app = await starting
    reporter.ready(app)
    running = true
    loaded()
    settleSoon()
    const failure = await Promise.race([stopped, app.failed])
    stop.abort(stopRequested)
    await app.close()
    reporter.stopped()
    if (failure) throw failure
  } catch (error) {
    if (error !== stopRequested) throw error
    reporter.stopped()
  } finally {
    signals.dispose()
  }
}
