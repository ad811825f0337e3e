import { readFileSync } from 'node:fs'

const intervalMs = 100

/** Looks at processes' memory and says when one has more than it may. */
export interface MemoryWatch {
  /** @returns a function that ends the watch */
  watch(pid: number, limitBytes: number, breach: () => void): () => void
}

/**
 * V8's own heap limit misses ArrayBuffers and WebAssembly, so the process is measured from outside.
 * Where there is no /proc, the heap limit is all there is.
 */
export function createMemoryWatch(): MemoryWatch {
  const watched = new Map<number, { limitBytes: number; breach: () => void }>()
  let timer: NodeJS.Timeout | undefined

  function look(): void {
    for (const [pid, { limitBytes, breach }] of watched) {
      if (ownBytes(pid) > limitBytes) {
        watched.delete(pid)
        breach()
      }
    }
    rest()
  }
  function rest(): void {
    if (watched.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    watch(pid, limitBytes, breach) {
      if (process.platform !== 'linux') return () => {}
      watched.set(pid, { limitBytes, breach })
      timer ??= setInterval(look, intervalMs).unref()
      return () => {
        watched.delete(pid)
        rest()
      }
    },
  }
}

/** Resident memory that no file backs; 0 for a process that is gone. */
function ownBytes(pid: number): number {
  try {
    const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
    return Number(kilobytes ?? 0) * 1024
  } catch {
    return 0
  }
}
