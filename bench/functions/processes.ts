import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parentOf } from '../support/processor-time.ts'

/** A function that `deno run` serves by itself, from the moment that it answers. */
export async function bareDeno(file: string): Promise<{ port: number; stop(): void }> {
  const port = await freePort()
  const fromDeno = createRequire(createRequire(import.meta.url).resolve('deno/package.json'))
  const binary = join(dirname(fromDeno.resolve(`@deno/linux-${process.arch}-glibc/package.json`)), 'deno')
  // `deno run` serves where the environment says.
  const env = { ...process.env, DENO_SERVE_ADDRESS: `tcp:127.0.0.1:${port}`, DENO_NO_UPDATE_CHECK: '1' }
  const child = spawn(binary, ['run', '--quiet', '--allow-all', '--no-lock', '--no-config', file], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const gone = once(child, 'exit').then(() => 'gone' as const)
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).then(
      (response) => response.text(),
      () => undefined,
    )
    if (answer !== undefined) break
    if ((await Promise.race([gone, sleep(1)])) === 'gone') throw new Error(`deno run ${file} ended`)
  }
  return { port, stop: () => void child.kill('SIGKILL') }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

/** Processes of a program that one process has started. */
export function children(pid: number, program: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid && programOf(name).endsWith(`/${program}`))
    .map(Number)
}

function programOf(pid: string): string {
  try {
    return realpathSync(`/proc/${pid}/exe`)
  } catch {
    return ''
  }
}

/** Memory that no file backs. */
export function megabytesOf(pid: number): number {
  return Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

interface Forked {
  readonly child: ChildProcess
  /** The first thing it said. */
  readonly message: unknown
  ask<Question, Answer>(question: Question): Promise<Answer>
}

export async function forkHere(file: string, ...args: readonly string[]): Promise<Forked> {
  const child = fork(join(import.meta.dirname, file), args)
  const [message] = await once(child, 'message')
  return {
    child,
    message,
    async ask<Question, Answer>(question: Question) {
      child.send(question as object)
      const [answer] = await once(child, 'message')
      return answer as Answer
    },
  }
}
