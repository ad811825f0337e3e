/**
 * What glibc reads when a process begins. Once something large was freed it keeps up to 64 MB of what is free at the end of each of its
 * heaps; with a limit that is set, no more than that. See docs/decisions/memory-given-back.md.
 */
const name = 'MALLOC_TRIM_THRESHOLD_'
const limit = String(2 ** 20)

/** @returns {NodeJS.ProcessEnv} the environment for a Node.js that is to run for long */
export function leanEnvironment() {
  return { [name]: limit, ...process.env }
}

/** Begins this process anew (same id, same streams) with that environment, unless it has it or whoever started it set it. */
export function beginLean() {
  // For this process alone: Postgres and functions allocate otherwise.
  if (process.env[name] === limit) delete process.env[name]
  else if (process.platform === 'linux' && !(name in process.env) && !process.channel) {
    const words = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
    process.execve?.(process.execPath, words, leanEnvironment())
  }
}
