import type { Observation } from '#observe'
import { pc } from './colours.ts'
import { duration } from './duration.ts'

export type Phase = Extract<Observation, { kind: 'phase' }>

/** The steps of a start: in a terminal the one under way in a line that is written over, elsewhere one line a step. */
export interface Progress {
  show(phase: Phase): void
  /** Takes the unfinished line away. */
  clear(): void
}

export function createProgress(out: NodeJS.WritableStream, terminal: boolean): Progress {
  const open: string[] = []
  let drawn = false

  function clear(): void {
    if (drawn) out.write('\r\x1b[2K')
    drawn = false
  }

  function draw(): void {
    const name = open.at(-1)
    if (!terminal || name === undefined) return
    out.write(`${pc.dim(`· ${sentence(name)} …`)}`)
    drawn = true
  }

  return {
    clear,
    show(phase) {
      clear()
      if (phase.state === 'begin') open.push(phase.name)
      else {
        open.splice(open.lastIndexOf(phase.name), 1)
        const name = sentence(phase.name)
        const failed = phase.state === 'fail'
        const text = terminal
          ? `${failed ? pc.red('✗') : pc.green('✓')} ${name} ${pc.dim(duration(phase.ms))}`
          : `${name}: ${failed ? 'failed after ' : ''}${duration(phase.ms)}`
        out.write(`${text}\n`)
      }
      draw()
    },
  }
}

function sentence(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}
