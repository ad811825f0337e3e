import { spawn } from 'node:child_process'
import { removal } from './remove-folder.ts'

/** Kills registered processes should this process vanish, by whatever signal. */
export interface OrphanGuard {
  add(pid: number): void
  remove(pid: number): void
  close(): void
}

// Reads "+ PID" and "- PID". At end of file its parent has closed the guard, or is gone.
const script = `
trap '' INT TERM HUP
pids=
while read -r change pid; do
  rest=
  for known in $pids; do [ "$known" = "$pid" ] || rest="$rest $known"; done
  pids=$rest
  [ "$change" = + ] && pids="$pids $pid"
done
[ -z "$pids" ] || kill -9 $pids 2>/dev/null
${removal}
`

/**
 * Starts the guard: one small shell that waits on a pipe. A function's process leaves by itself when its own pipe
 * closes, but one that is stuck in a loop never reads it.
 *
 * @param folder removed when this process is gone: the sockets' folder
 */
export function createOrphanGuard(folder: string): OrphanGuard {
  const shell = spawn('/bin/sh', ['-c', script, folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: '/usr/bin:/bin' },
    // Its own session: Ctrl-C in a terminal is for Portico, which then stops in order.
    detached: true,
  })
  // Written to until the end; a guard that was killed is not worth failing for.
  shell.on('error', () => {})
  shell.stdin.on('error', () => {})
  shell.unref()
  return {
    add: (pid) => void shell.stdin.write(`+ ${pid}\n`),
    remove: (pid) => void shell.stdin.write(`- ${pid}\n`),
    close: () => void shell.stdin.end(),
  }
}
