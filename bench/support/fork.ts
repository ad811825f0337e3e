import { type ChildProcess, fork } from 'node:child_process'

/** Runs a file in a process of its own, as in production; it reads its options from the command line. */
export function forkBench(file: string, options: object): ChildProcess {
  return fork(file, [JSON.stringify(options)], { env: { ...process.env, NODE_ENV: 'production' } })
}
