import { flushCompileCache } from 'node:module'
import { performance } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Milliseconds. */
const pace = { release: 50, settle: 1000 }

/** The share of a second that may be work where it counts as quiet. */
const quiet = 0.05

/** Seconds after the start. Before the first, what is warmed up behind it is not warm; after the last, it is a busy server. */
const settling = { earliest: 2, latest: 10 }

/**
 * Lets go of compiled modules while they are loaded, until the returned function is called. Node.js keeps what it read of
 * its compile cache until that is flushed: 12 MB, interspersed with what stays, which nobody gets back afterwards.
 */
export function releaseWhileLoading(): () => void {
  const timer = setInterval(flushCompileCache, pace.release).unref()
  return () => clearInterval(timer)
}

type CollectGarbage = (options: { type: 'major'; flavor: 'last-resort' }) => void

/**
 * Gives back, once, what starting took: V8 keeps the garbage of parsing some thousand modules (40 MB of 160) until it
 * needs room, which an idle server never does. Waits for the events of a first start's seed. Writes the compiled modules
 * down for the next start. A server that is busy from its start collects what it needs to by itself.
 */
export function settleSoon(): void {
  let seconds = 0
  let since = performance.eventLoopUtilization()
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, since)
    since = now
    seconds++
    const isQuiet = utilization <= quiet
    if (seconds < settling.earliest || (!isQuiet && seconds < settling.latest)) return
    clearInterval(timer)
    flushCompileCache()
    // It takes the compiled code along: a busy server would stand still for 200 ms, and be slow for thousands of requests.
    if (isQuiet) collectGarbage()
  }, pace.settle).unref()
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as CollectGarbage
  setFlagsFromString('--no-expose-gc')
  // One that waits meanwhile: where the last one of its shape is collected, V8 forgets the shape, the compiled code of
  // `nextTick` no longer knows what it makes, and every request costs 5 to 10 microseconds more from then on.
  process.nextTick(() => {})
  collect({ type: 'major', flavor: 'last-resort' })
}
