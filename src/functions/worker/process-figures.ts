import { readdirSync, readFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

// Linux only: elsewhere all figures are 0, and V8's heap limit is all there is.

/** Milliseconds that all threads of a process were on a processor so far; 0 for a process that is gone. */
export function processorMs(pid: number): number {
  const tasks = `/proc/${pid}/task`
  let nanoseconds = 0
  try {
    for (const task of readdirSync(tasks)) nanoseconds += scheduledNs(`${tasks}/${task}/schedstat`)
  } catch {
    return 0
  }
  return nanoseconds / 1e6
}

function scheduledNs(file: string): number {
  try {
    return Number.parseInt(readFileSync(file, 'latin1'), 10)
  } catch {
    return 0
  }
}

/** Resident memory that no file backs; 0 for a process that is gone. */
export function ownBytes(pid: number): number {
  try {
    const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
    return Number(kilobytes ?? 0) * 1024
  } catch {
    return 0
  }
}

/**
 * Has a process give way to others.
 *
 * @returns the priority that it had
 */
export function giveWay(pid: number): number {
  try {
    const before = getPriority(pid)
    setPriorities(pid, Math.min(before + 10, 19))
    return before
  } catch {
    // It has just ended.
    return 0
  }
}

/** Gives a process the priority that it had; false where that takes the rights of root. */
export function takeTurn(pid: number, priority: number): boolean {
  try {
    setPriorities(pid, priority)
    return true
  } catch (error) {
    // Its own `code` says no more than that the system refused.
    return !['EACCES', 'EPERM'].includes(String((error as { info?: { code?: string } }).info?.code))
  }
}

/** Whether this process may: who is root in a container mostly may not (CAP_SYS_NICE is bit 23). */
export function mayRaisePriorities(): boolean {
  try {
    const [, given] = /^CapEff:\s+([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? []
    return (BigInt(`0x${given ?? 0}`) & (1n << 23n)) !== 0n
  } catch {
    return false
  }
}

/** On Linux each thread has a priority of its own, and new ones that of the thread that starts them. */
function setPriorities(pid: number, priority: number): void {
  setPriority(pid, priority)
  for (const thread of threadsOf(pid)) setPriority(thread, priority)
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number)
  } catch {
    return []
  }
}
