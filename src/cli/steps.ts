import type { Observe } from '#observe'
import { createProgress } from './progress.ts'

/** Shows the steps of a command's work, and warnings. */
export function stepsOn(out: NodeJS.WriteStream): Observe {
  const progress = createProgress(out, out.isTTY)
  return (observation) => {
    if (observation.kind === 'phase') progress.show(observation)
    else if (observation.kind === 'message' && observation.level !== 'debug') {
      progress.clear()
      out.write(`${observation.level}: ${observation.text}\n`)
    }
  }
}
