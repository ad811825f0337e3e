import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for something that nobody tells of, since it happens outside of this process; gives up when it never will. */
export async function until(holds: () => boolean | Promise<boolean>, patience = 30_000): Promise<void> {
  const end = performance.now() + patience
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${patience} ms: ${holds}`)
    await sleep(10)
  }
}

/** Whether a process is there, by its id. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
