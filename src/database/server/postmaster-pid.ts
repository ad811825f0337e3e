import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { commandLine } from './process-table.ts'

/** Milliseconds that a server whose Portico died gets for each way of being told to stop. */
const patience = 6000

/**
 * Clears what an earlier server of this cluster left. Since the caller holds the data folder, that server's Portico is
 * dead: if it still runs it is on its way out (its guard saw to that), and it is waited for.
 *
 * A `postmaster.pid` that names a process which is no server of this cluster (the id was given anew, after a reboot or
 * in a container) would make Postgres refuse to start. Only the id is replaced, by our own, which Postgres ignores as
 * its parent's: the rest of the file lets it see whether old backends still use the cluster's memory. The socket's own
 * lock file may name such a process too, or one that is dead and not yet buried.
 */
export async function clearEarlierServer(cluster: string, socketFolder: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid')
  const pid = Number(readLines(file)?.[0])
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (!isServer(pid, cluster)) break
    process.kill(pid, signal)
    for (let waited = 0; waited < patience && isServer(pid, cluster); waited += 10) await sleep(10)
  }
  for (const name of readdirSync(socketFolder)) rmSync(join(socketFolder, name))
  const [written, ...rest] = readLines(file) ?? []
  if (written === undefined) return
  if (written.trim()) writeFileSync(file, [process.pid, ...rest].join('\n'))
  else rmSync(file, { force: true }) // cut short by a power failure; Postgres refuses an empty one
}

/** Whether a process is the postmaster of this cluster. */
function isServer(pid: number, cluster: string): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 1) return false
  return commandLine(pid)?.endsWith(`postgres -D ${cluster}`) ?? false
}

function readLines(file: string): string[] | undefined {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return undefined
  }
}
