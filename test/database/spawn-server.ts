import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Served, ServeOptions } from './serve.ts'

export interface SpawnedServer {
  readonly process: ChildProcess
  readonly served: Served
  /** Resolves when it has stopped in order. */
  stop(): Promise<void>
  /** `kill -9`, at once. */
  kill(): Promise<void>
}

/** Starts serve.ts in a process of its own, behind a command such as `unshare …` if one is given. */
export async function spawnServer(
  options: ServeOptions,
  { prefix = [], env = {} }: { prefix?: readonly string[]; env?: Record<string, string> } = {},
): Promise<SpawnedServer> {
  const child = launch(options, prefix, env)
  const ended = once(child, 'close')
  const lines = createInterface({ input: child.stdout ?? process.stdin })
  const [line] = (await once(lines, 'line')) as [string]
  return {
    process: child,
    served: JSON.parse(line) as Served,
    stop: async () => {
      child.stdin?.end()
      await ended
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

export function launch(options: ServeOptions, prefix: readonly string[] = [], env: Record<string, string> = {}) {
  const script = fileURLToPath(new URL('./serve.ts', import.meta.url))
  const [file = '', ...words] = [...prefix, process.execPath, script, JSON.stringify(options)]
  return spawn(file, words, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } })
}
