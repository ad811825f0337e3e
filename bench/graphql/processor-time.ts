import { readdirSync, readFileSync } from 'node:fs'

/** Microseconds that a process has been on a processor so far, all its threads together. Linux only. */
export function processorTime(pid: number): number {
  const tasks = `/proc/${pid}/task`
  return sum(readdirSync(tasks).map((task) => Number(read(`${tasks}/${task}/schedstat`).split(' ')[0]) / 1000))
}

/** Of a process and its children: Postgres is a family. */
export function familyProcessorTime(pid: number): number {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
  return processorTime(pid) + sum(children.map((child) => processorTime(Number(child))))
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
