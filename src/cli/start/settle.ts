import { flushCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Milliseconds after the start, when what is warmed up behind it is warm. */
const delay = 2000

type CollectGarbage = (options: { type: 'major'; flavor: 'last-resort' }) => void

/**
 * Gives back, once, what starting took: V8 keeps the garbage of parsing some thousand modules (40 MB of 160) until it
 * needs room, which an idle server never does. Writes the compiled modules down for the next start.
 */
export function settleSoon(): void {
  setTimeout(() => {
    flushCompileCache()
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as CollectGarbage
    setFlagsFromString('--no-expose-gc')
    // One that waits meanwhile: where the last one of its shape is collected, V8 forgets the shape, the compiled code of
    // `nextTick` no longer knows what it makes, and every request costs 5 to 10 microseconds more from then on.
    process.nextTick(() => {})
    collectGarbage({ type: 'major', flavor: 'last-resort' })
  }, delay).unref()
}
