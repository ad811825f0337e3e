import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Portico as its users run it: the command line in a process of its own. */
export interface RunningPortico {
  readonly pid: number
  readonly url: string
  /** Milliseconds from the command to a 200 of `/health`. */
  readonly readyAfter: number
  /** URLs and keys as `portico status` prints them. */
  readonly facts: Readonly<Record<string, string>>
  stop(): Promise<void>
}

const launcher = fileURLToPath(new URL('../../bin/portico.js', import.meta.url))

/** Runs `portico start` on free ports; words are further options of the command. */
export async function startPortico(...words: readonly string[]): Promise<RunningPortico> {
  const since = performance.now()
  const options = ['start', '--port', '0', '--db-port', '0', '--json', ...words]
  const child = spawn(process.execPath, [launcher, ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const ready = Promise.withResolvers<Record<string, string>>()
  let last = ''
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    last = line
    const event = JSON.parse(line) as Record<string, string>
    if (event.kind === 'ready') ready.resolve(event)
  })
  void ended.then(([code]) => ready.reject(new Error(`portico start ended with status ${code}: ${last}`)))

  const facts = await ready.promise
  // What it logs from now on is thrown away unread: reading it would be work of this process on the same processors.
  lines.close()
  child.stdout.removeAllListeners('data').resume()
  const url = facts.API_URL ?? ''
  const health = await fetch(`${url}/health`)
  if (health.status !== 200) throw new Error(`/health answers ${health.status}`)
  return {
    pid: child.pid ?? 0,
    url,
    readyAfter: performance.now() - since,
    facts,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
