import type { DenoProcess } from './deno-process.ts'

/** Processes that are booted and wait for a function, so that a cold start costs only the loading of its code. */
export interface Zygotes {
  take(): Promise<DenoProcess>
  /** Boots what is missing, in the background. Called when nobody waits, since booting takes a processor. */
  fill(): void
  close(): Promise<void>
}

export function createZygotes(launch: () => Promise<DenoProcess>, spares: number): Zygotes {
  const waiting: Promise<DenoProcess>[] = []
  let closed = false

  function drop(spare: Promise<DenoProcess>): void {
    const index = waiting.indexOf(spare)
    if (index >= 0) waiting.splice(index, 1)
  }

  return {
    take: () => waiting.shift() ?? launch(),
    fill() {
      while (!closed && waiting.length < spares) {
        const spare = launch()
        waiting.push(spare)
        spare.then(
          ({ ended }) => ended.then(() => drop(spare)),
          () => drop(spare),
        )
      }
    },
    async close() {
      closed = true
      await Promise.allSettled(waiting.splice(0).map(async (spare) => (await spare).stop()))
    },
  }
}
