import { closeSync, openSync, readSync } from 'node:fs'

const prefix = '// uses '
/** Longer than all of the names together. */
const longest = 64

/** The first line of a bundle that names modules of Node's which are other in a function. */
export function adaptedLine(names: readonly string[]): string {
  return `${prefix}${names.join(' ')}`
}

/**
 * What `adaptedLine` named. Read here, not by the function's process: Deno opens no file below /dev, where a data folder
 * may be (/dev/shm), though it imports from there.
 */
export function adaptedModules(entry: URL): readonly string[] {
  const file = openSync(entry, 'r')
  try {
    const head = Buffer.alloc(longest)
    const [line = ''] = head.toString('utf8', 0, readSync(file, head)).split('\n')
    return line.startsWith(prefix) ? line.slice(prefix.length).split(' ') : []
  } finally {
    closeSync(file)
  }
}
