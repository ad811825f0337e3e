import { createApp } from '#app'
import { loadConfig } from '#config'
import { createLogger, type Observe } from '#observe'
import type { DatabaseOptions } from '../options.ts'
import { createReporter } from './reporter.ts'
import { settleSoon } from './settle.ts'
import { onStopSignal } from './stop-signal.ts'

export interface StartOptions extends DatabaseOptions {
  readonly ephemeral?: boolean
  readonly host?: string
  readonly port?: number
  readonly dbPort?: number
  readonly production?: boolean
  readonly json?: boolean
}

/** Milliseconds that stopping may take, Postgres and edge functions included. */
const patience = 4_800

/**
 * Starts a project's backend and runs until a signal asks to stop. Once is clean: what is in flight is finished, for at
 * most five seconds. Twice is at once. However this process ends, Postgres and the edge functions end with it: their
 * guards see to that.
 */
export async function start(options: StartOptions): Promise<void> {
  const config = await loadConfig({ ...options, env: process.env })
  const reporter = createReporter({ json: options.json === true, mode: config.mode })
  for (const warning of config.warnings) reporter.warning(warning)

  const log = await createLogger({ pretty: config.mode === 'development' && reporter.style === 'terminal' })
  let running = false
  const observe: Observe = (observation) => {
    if (observation.kind === 'phase') return reporter.phase(observation)
    // Until it runs, progress tells enough.
    if (!running && observation.kind === 'schema') return
    reporter.makeRoom()
    log(observation)
  }

  const starting = createApp(config, { observe })
  const stopping = Promise.withResolvers<NodeJS.Signals>()
  const signals = onStopSignal({
    first: stopping.resolve,
    again: (signal) => process.exit(signal === 'SIGINT' ? 130 : 143),
  })
  try {
    const app = await Promise.race([starting, stopping.promise.then(() => undefined)])
    if (app) {
      reporter.ready(app)
      running = true
      settleSoon()
    }
    const reason = await Promise.race([stopping.promise, ...(app ? [app.failed] : [])])
    reporter.stopping()
    const giveUp = () => {
      reporter.warning('Not everything stopped in time; it is ended.')
      process.exit(1)
    }
    setTimeout(giveUp, patience).unref()
    await starting.then((app) => app.close())
    reporter.stopped()
    if (typeof reason !== 'string') throw reason
  } finally {
    signals.dispose()
  }
}
