import type { DenoProcess } from './deno-process.ts'

/** Processes that are booted and wait for a function, so that a cold start costs only the loading of its code. */
export interface Zygotes {
  /** One that may read a folder. */
  take(folder: string): Promise<DenoProcess>
  /** Boots what is missing, one after the other, in the background. */
  fill(): void
  /** The same in a moment: whoever has just taken one is answered first, since booting takes a processor. */
  fillSoon(): void
  close(): Promise<void>
}

/** In milliseconds: what most functions need for their first answer, and less than a client is likely to come back in. */
const moment = 100

/**
 * @param launch boots one for a call that waits for it
 * @param launchSpare boots one for later, which may give way to others until it is ready
 */
export function createZygotes(
  launch: (folder: string) => Promise<DenoProcess>,
  launchSpare: () => Promise<DenoProcess>,
  spares: number,
): Zygotes {
  const waiting = new Set<DenoProcess>()
  let booting: Promise<void> | undefined
  let closed = false
  let soon: NodeJS.Timeout | undefined

  async function bootAll(): Promise<void> {
    while (!closed && waiting.size < spares) {
      const spare = await launchSpare()
      if (closed) return await spare.stop()
      waiting.add(spare)
      void spare.ended.then(() => waiting.delete(spare))
      await spare.rehearse()
      spare.takeTurn()
    }
  }

  function fill(): void {
    booting ??= bootAll()
      .catch(() => {})
      .finally(() => {
        booting = undefined
      })
  }

  return {
    async take(folder) {
      for (const spare of waiting) {
        waiting.delete(spare)
        if (spare.reads.has(folder)) {
          spare.takeTurn()
          return spare
        }
        // Booted before there was such a function.
        void spare.stop()
      }
      return await launch(folder)
    },
    fill,
    fillSoon() {
      soon ??= setTimeout(() => {
        soon = undefined
        fill()
      }, moment)
      soon.unref()
    },
    async close() {
      closed = true
      clearTimeout(soon)
      await Promise.all([booting, ...[...waiting].map((spare) => spare.stop())])
    },
  }
}
