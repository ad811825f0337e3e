import { existsSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

/**
 * What glibc reads when a process begins. Once something large was freed it keeps up to 64 MB of what is free at the end of each of its
 * heaps, and each thread has a heap; with limits that are set, no more than that. See docs/decisions/memory-given-back.md.
 */
const limits = { MALLOC_TRIM_THRESHOLD_: String(2 ** 20), MALLOC_ARENA_MAX: '2' }
const names = Object.keys(limits)

/** @returns {NodeJS.ProcessEnv} the environment for a Node.js that is to run for long */
export function leanEnvironment() {
  return { ...limits, ...process.env }
}

/** Begins this process anew (same id, same streams) with that environment, unless it has it or whoever started it set it. */
export function beginLean() {
  if (Object.entries(limits).every(([name, limit]) => process.env[name] === limit)) {
    // For this process alone: Postgres and functions allocate otherwise.
    for (const name of names) delete process.env[name]
  } else if (process.platform === 'linux' && !names.some((name) => name in process.env) && !process.channel) {
    const words = [process.execPath, ...process.execArgv, '--', ...process.argv.slice(1)]
    // Where it fails it ends the process: Node.js may have been replaced since it began.
    if (!isMainThread || process.permission || !existsSync(process.execPath)) return
    try {
      process.execve?.(process.execPath, words, leanEnvironment())
    } catch {
      // It goes on with more memory.
    }
  }
}
