import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Dispatcher } from 'undici'
import type { NetworkGuard } from '../network.ts'
import { connect, warmUp } from './connections.ts'
import type { OrphanGuard } from './orphan-guard.ts'
import { type OutputListener, readOutput } from './output.ts'
import { giveWay, takeTurn } from './process-figures.ts'
import { removeFolder } from './remove-folder.ts'

export interface LaunchOptions {
  readonly deno: string
  /** Deno's cache; never readable to functions. */
  readonly cache: string
  /** Holds a folder a function. */
  readonly bundles: string
  /** Names of those folders that the process may be given one of. */
  readonly reads: ReadonlySet<string>
  /** What it may not reach. */
  readonly network: NetworkGuard
  /** Told why IPv6 could not be closed to it. */
  readonly exposed: (why: string) => void
  /** Where each process' socket is made, and the folder of its own files. */
  readonly sockets: string
  readonly memoryBytes: number
  /** Whether it gives way to others from its first moment. */
  readonly givesWay: boolean
  readonly guard: OrphanGuard
}

/** A booted Deno process that listens on its own socket and has no function yet. */
export interface DenoProcess {
  readonly pid: number
  readonly socket: string
  /** The folder of its own files, among them `/tmp` as the function knows it. */
  readonly scratch: string
  /** Connections to the socket. */
  readonly dispatcher: Dispatcher
  /** The same to the socket that a server of Node's in it listens on. */
  toNode(): Promise<Dispatcher>
  readonly reads: ReadonlySet<string>
  /** The priority that it would have, did it not give way since its first moment. */
  readonly usualPriority: number | undefined
  /** Gives it that priority; false where the system refuses. */
  takeTurn(): boolean
  readonly ended: Promise<ProcessEnd>
  /** Hands on everything the process says from now on. */
  listen(listener: OutputListener): void
  /** Has it use beforehand, before it is assigned to anything, what functions use first. An assignment waits meanwhile. */
  rehearse(): Promise<void>
  /** Loads a function: told once. From then on nothing but its folder can be read. */
  assign(assignment: Assignment): void
  /** Tells the function, at most once, that its process will leave, and why. */
  unload(reason: string): void
  /** Asks it to leave, and insists after a second. */
  stop(): Promise<void>
  kill(): void
}

export interface Assignment {
  readonly entry: string
  readonly folder: string
  /** Modules of Node's that are other in a function, of those that the bundle names. */
  readonly adapted: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export interface ProcessEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const prelude = fileURLToPath(new URL('../deno/prelude.js', import.meta.url))
const guardedPrelude = fileURLToPath(new URL('../deno/guarded.js', import.meta.url))
let count = 0

/**
 * Boots one process. What it may do is fixed here: the network, reading the bundles, files of its own, and nothing else; no other file,
 * no other process, no native code, no system information, and none of this process' environment.
 *
 * @throws Error when it does not come up
 */
export async function launchDeno(options: LaunchOptions): Promise<DenoProcess> {
  const { deno, cache, bundles, reads, network, sockets, memoryBytes, givesWay, guard } = options
  count += 1
  const socket = join(sockets, `${count}.sock`)
  const scratch = join(sockets, String(count))
  await mkdir(join(scratch, 'tmp'), { recursive: true })
  const child = spawn(
    deno,
    [
      'run',
      ...['--quiet', '--no-prompt', '--no-lock', '--no-config', '--no-npm', '--no-remote', '--cached-only'],
      ...['--allow-net', '--allow-env', `--allow-read=${[...reads, socket, scratch].join()}`],
      `--allow-write=${socket},${scratch}`,
      ...(network.networks.length > 0 ? [`--deny-net=${network.networks.join()}`] : []),
      // Until IPv6 is closed by it, before anything of the function is loaded.
      ...(network.closesIpv6 ? ['--allow-ffi'] : []),
      `--v8-flags=--max-old-space-size=${Math.floor(memoryBytes / 1024 / 1024)}`,
      network.closesIpv6 ? guardedPrelude : prelude,
      socket,
      scratch,
      bundles,
      ...reads,
    ],
    {
      env: { DENO_DIR: cache, DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' },
      // What `--allow-read` is relative to: in a flag, a path with a comma would be read as two.
      cwd: bundles,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    },
  )
  const ended = endOf(child)
  if (child.pid === undefined) throw new Error(`deno could not be started: ${deno}`)
  const { pid } = child
  // Before it has any thread but the first: those that it starts have its priority.
  let usualPriority = givesWay ? giveWay(pid) : undefined
  guard.add(pid)
  const rehearsed = Promise.withResolvers<void>()
  void ended.then(async () => {
    guard.remove(pid)
    rehearsed.resolve()
    await rm(socket, { force: true })
    await removeFolder(scratch)
  })
  child.stdin.on('error', () => {})

  let listener: OutputListener = { record() {}, text() {} }
  const said: string[] = []
  const up = new Promise<'up'>((resolve) => {
    listener = {
      record(record) {
        if (record.type === 'up') resolve('up')
        if (record.type === 'exposed') options.exposed(record.message)
      },
      text: (text) => said.push(text),
    }
  })
  for (const stream of ['stdout', 'stderr'] as const) {
    readOutput(child[stream], {
      record: (record) => (record.type === 'rehearsed' ? rehearsed.resolve() : listener.record(record)),
      text: (text) => listener.text(text, stream),
    })
  }
  if ((await Promise.race([up, ended])) !== 'up') throw new Error(`deno did not boot: ${said.join('\n')}`)
  const dispatcher = await connect(socket)
  await warmUp(dispatcher)
  void ended.then(() => dispatcher.destroy())

  let told = false
  return {
    pid,
    socket,
    scratch,
    dispatcher,
    async toNode() {
      const connections = await connect(join(scratch, 'node.sock'))
      void ended.then(() => connections.destroy())
      return connections
    },
    reads,
    get usualPriority() {
      return usualPriority
    },
    takeTurn() {
      if (usualPriority !== undefined && !takeTurn(pid, usualPriority)) return false
      usualPriority = undefined
      return true
    },
    ended,
    listen: (next) => {
      listener = next
    },
    rehearse() {
      child.stdin.write('{"rehearse":true}\n')
      return rehearsed.promise
    },
    assign: (assignment) => void child.stdin.write(`${JSON.stringify(assignment)}\n`),
    unload(reason) {
      if (!told) child.stdin.write(`${JSON.stringify({ reason })}\n`)
      told = true
    },
    kill: () => void child.kill('SIGKILL'),
    async stop() {
      child.stdin.end()
      const patience = new AbortController()
      const late = delay(1_000, undefined, { signal: patience.signal }).then(
        () => child.kill('SIGKILL'),
        () => {},
      )
      await ended
      patience.abort()
      await late
    },
  }
}

async function endOf(child: ChildProcess): Promise<ProcessEnd> {
  try {
    // Not its exit: what it said last is read before.
    await once(child, 'close')
  } catch {
    // It could not be spawned.
  }
  return { code: child.exitCode, signal: child.signalCode }
}
