import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { useFixture } from '../support/fixture.ts'
import { isAlive } from '../support/until.ts'

export const launcher = fileURLToPath(new URL('../../bin/portico.js', import.meta.url))

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly input?: string
  /** Variables besides what every process has. */
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a command of the real CLI to its end. */
export async function portico(
  args: readonly string[],
  { cwd = tmpdir(), input = '', env = {} }: RunOptions = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [launcher, ...args], { cwd, env: { ...environment(), ...env } })
  child.stdin.end(input)
  const [stdout, stderr, code] = await Promise.all([textOf(child.stdout), textOf(child.stderr), endOf(child)])
  return { code, stdout, stderr }
}

export interface Spawned {
  readonly pid: number
  /** The whole JSON lines that were printed so far. */
  readonly lines: readonly Readonly<Record<string, unknown>>[]
  /** Sends a signal, and resolves with the exit code and how many milliseconds it took. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null }>
  readonly ended: Promise<number | null>
}

export interface Running extends Spawned {
  /** The summary: URLs and keys under their names. */
  readonly facts: Readonly<Record<string, string>>
}

const start = [process.execPath, launcher, 'start']

/** A start by a Node that the launcher takes for an old one, which cannot run Portico, and hands over to another. */
export const onOldNode = [
  process.execPath,
  '--import',
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.20.0"}})',
  launcher,
  'start',
]

/** A start by the README's first line. */
export const byNpm = ['npm', '--prefix', join(dirname(launcher), '..'), '--silent', 'start', '--']

/** Begins to start a backend with `--json` on free ports. */
export function spawnPortico(
  args: readonly string[],
  onLine: (line: Spawned['lines'][number]) => void,
  [program = '', ...words]: readonly string[] = start,
): Spawned {
  const all = [...words, '--json', '--port', '0', '--db-port', '0', ...args]
  const child = spawn(program, all, { env: environment(), stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: Record<string, unknown>[] = []
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Record<string, unknown>
    lines.push(line)
    onLine(line)
  })
  const ended = endOf(child)
  return {
    pid: child.pid ?? 0,
    lines,
    ended,
    async end(signal) {
      child.kill(signal)
      return { code: await ended }
    },
  }
}

/** The same, and waits until it is ready. */
export async function startPortico(args: readonly string[], command?: readonly string[]): Promise<Running> {
  const ready = Promise.withResolvers<Running['facts']>()
  const spawned = spawnPortico(
    args,
    (line) => line.kind === 'ready' && ready.resolve(line as Running['facts']),
    command,
  )
  void spawned.ended.then((code) => {
    ready.reject(new Error(`start ended with ${code}: ${JSON.stringify(spawned.lines.at(-1))}`))
  })
  return { ...spawned, facts: await ready.promise }
}

/** A project of these files and its running backend, for all tests of a file or of a `describe`. */
export function useRunningProject(files: Readonly<Record<string, string>>) {
  const project = folderOf(files)
  useFixture(async () => {
    const running = await startPortico(['--project', project.path])
    return {
      async [Symbol.asyncDispose]() {
        await running.end('SIGTERM')
        project.remove()
      },
    }
  })
  return {
    /** Runs a command in the project's folder. */
    run: (...args: readonly string[]) => portico(args, { cwd: project.path }),
    /** Where a file of it is. */
    at: (path: string) => join(project.path, path),
  }
}

/** A folder of files by path, and how to remove it. */
export function folderOf(files: Readonly<Record<string, string>> = {}): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'portico-cli-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** The processes below a process, by what the system says now. */
export function descendantsOf(pid: number): readonly number[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
  const processes = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const below = (parent: number): number[] =>
    processes.flatMap(([child = 0, of]) => (of === parent ? [child, ...below(child)] : []))
  return below(pid)
}

/** Those of the processes that still run after `patience` milliseconds. */
export async function leftOf(pids: readonly number[], patience = 30_000): Promise<readonly number[]> {
  for (let waited = 0; ; waited += 50) {
    const left = pids.filter(isAlive)
    if (left.length === 0 || waited >= patience) return left
    await sleep(50)
  }
}

/** Nothing of the caller's own project may reach the project at hand. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env
  return { PATH, HOME, NO_COLOR: '1' }
}

async function endOf(child: ChildProcess): Promise<number | null> {
  return await new Promise((resolve) => child.once('close', (code) => resolve(code)))
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += chunk
  return text
}
