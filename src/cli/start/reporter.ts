import type { App } from '#app'
import { pc } from '../colours.ts'
import { createProgress, type Phase } from '../progress.ts'
import { printableFacts, summary } from './summary.ts'

/** Tells whoever started a backend how it goes. */
export interface Reporter {
  readonly style: 'terminal' | 'plain' | 'json'
  warning(text: string): void
  phase(phase: Phase): void
  /** Call before anything else writes to the terminal. */
  makeRoom(): void
  ready(app: App): void
  stopping(): void
  stopped(): void
}

export interface ReporterOptions {
  readonly json: boolean
  readonly mode: 'development' | 'production'
}

/** For people in a terminal, for log files and pipes, or as JSON lines for programs. */
export function createReporter({ json, mode }: ReporterOptions): Reporter {
  if (json) return jsonReporter(mode)
  const terminal = process.stdout.isTTY
  const progress = createProgress(process.stdout, terminal)
  const line = (text: string) => {
    progress.clear()
    console.log(text)
  }
  return {
    style: terminal ? 'terminal' : 'plain',
    warning: (text) => line(`${pc.yellow('warning:')} ${text}`),
    phase: progress.show,
    makeRoom: progress.clear,
    ready: (app) => line(summary(app, sinceProcessStart())),
    stopping: () => line(terminal ? pc.dim('\nStopping. Once more stops at once.') : 'Stopping'),
    stopped: () => line(terminal ? pc.dim('Stopped.') : 'Stopped'),
  }
}

/** Milliseconds; `performance` counts from there. */
function sinceProcessStart(): number {
  return performance.now()
}

function jsonReporter(mode: 'development' | 'production'): Reporter {
  const line = (event: object) => console.log(JSON.stringify(event))
  return {
    style: 'json',
    warning: (text) => line({ kind: 'warning', text }),
    phase: (phase) => {
      if (phase.state === 'begin') line({ kind: 'phase', name: phase.name, state: 'begin' })
      else line({ kind: 'phase', name: phase.name, state: phase.state, ms: Math.round(phase.ms) })
    },
    makeRoom: () => {},
    ready: ({ facts, config }) => {
      const ms = Math.round(sinceProcessStart())
      line({ kind: 'ready', mode, ms, data: config.dataFolder, ...printableFacts(facts, mode) })
    },
    stopping: () => line({ kind: 'stopping' }),
    stopped: () => line({ kind: 'stopped' }),
  }
}
