import { readdirSync, readFileSync } from 'node:fs'

/** Microseconds that a process has been on a processor so far, all its threads together. Linux only. */
export function processorTime(pid: number): number {
  const tasks = `/proc/${pid}/task`
  return sum(readdirSync(tasks).map((task) => Number(read(`${tasks}/${task}/schedstat`).split(' ')[0]) / 1000))
}

/**
 * Of each session of a role on a Postgres server, by process id. The server's autovacuum and checkpoints, which a bulk
 * load leaves much to do, and other services' sessions are nobody's requests: whoever answers fewer of them in a second
 * would bear more.
 *
 * @param pid of the server's first process
 */
export function sessionTimes(pid: number, role: string): ReadonlyMap<string, number> {
  const sessions = readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && parentOf(name) === pid && read(`/proc/${name}/cmdline`).includes(`: ${role} `),
  )
  return new Map(sessions.map((session) => [session, processorTime(Number(session))]))
}

/** What sessions worked between two looks; those that were closed meanwhile take nothing back. */
export function workedSince(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number {
  return sum([...after].map(([session, time]) => time - (before.get(session) ?? 0)))
}

/** The first process of the server that has a session with this process id. */
export function parentOf(pid: number | string): number {
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? []
  return Number(fields[1])
}

/** Empty for a process that has just ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
