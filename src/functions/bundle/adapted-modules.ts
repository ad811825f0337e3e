import { closeSync, openSync, readSync } from 'node:fs'

const prefix = '// uses '
/** Longer than all of the names together. */
const longest = 64

/** An import, or a call with nothing but the name, as bundlers write `require`. */
const asked = /(?:\b(?:from|import)\s*|\((?=["'][^"']*["']\)))["'](?:node:)?(http|fs|os)(?:\/promises)?["']/g

/** The first line of a bundle, which names what it imports of Node's modules that are other in a function; none where it imports none. */
export function adaptedLine(code: string): readonly string[] {
  const names = new Set([...code.matchAll(asked)].map(([, name = '']) => name))
  return names.size > 0 ? [prefix + [...names].sort().join(' ')] : []
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
