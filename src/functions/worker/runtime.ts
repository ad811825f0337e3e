import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorMessage } from '#errors'
import type { Observe } from '#observe'
import type { Bundle } from '../bundle/index.ts'
import type { FunctionDefinition } from '../definitions.ts'
import type { NetworkGuard } from '../network.ts'
import { Refusal } from '../refusals.ts'
import type { FunctionLimits, FunctionsConfig } from '../settings.ts'
import type { KnownBundles } from '../sources.ts'
import { createDebt, type Debt, startMs } from './debt.ts'
import { type DenoProcess, launchDeno } from './deno-process.ts'
import { createFunctionLog } from './function-log.ts'
import { createOrphanGuard, type OrphanGuard } from './orphan-guard.ts'
import { mayRaisePriorities } from './process-figures.ts'
import { createRunner, type Runner } from './runner.ts'
import { startWorker } from './start-worker.ts'
import { createUsageWatch } from './usage-watch.ts'
import type { Work } from './work.ts'
import type { Worker } from './worker.ts'
import { createZygotes } from './zygotes.ts'

export interface RuntimeOptions {
  readonly deno: string
  readonly cache: string
  /** Holds a folder a function; functions may read nothing else, and each only its own. */
  readonly bundlesFolder: string
  readonly bundles: KnownBundles
  readonly environment: (definition: FunctionDefinition, bundle: Bundle) => Readonly<Record<string, string>>
  /** What no function may reach. */
  readonly network: NetworkGuard
  /** The same for a function that may reach some hosts in it; undefined for one without. */
  readonly exemptedNetwork: (definition: FunctionDefinition) => Promise<NetworkGuard> | undefined
  readonly policy: FunctionsConfig['edgeRuntime']['policy']
  readonly limits: (name?: string) => FunctionLimits
  /** Folders that processes booted beforehand may be given. */
  readonly folders: () => readonly string[]
  /** What goes on in a function without a request is noted in. */
  readonly background: (name: string) => Work
  readonly observe: Observe
}

/** All processes of all functions. */
export interface Runtime {
  /** The runner of one function; the same one each time. */
  runner(definition: FunctionDefinition): Runner
  /** How many processes serve a function now. */
  workersOf(name: string): number
  /** Boots spare processes in the background. */
  warm(): void
  close(): Promise<void>
}

export function createRuntime(options: RuntimeOptions): Runtime {
  const { deno, cache, bundlesFolder, observe } = options
  const common = options.limits()
  const usage = createUsageWatch()
  const runners = new Map<string, Runner>()
  let shelter: { readonly sockets: string; readonly guard: OrphanGuard } | undefined

  /** Made for the first process: a folder only we may enter, with a short path (a socket's may have some 100 bytes). */
  function openShelter() {
    const sockets = mkdtempSync(join(tmpdir(), 'portico-'))
    mkdirSync(bundlesFolder, { recursive: true })
    return { sockets, guard: createOrphanGuard(sockets) }
  }

  let isExposed = false
  function exposed(why: string): void {
    const text = `edge functions can reach private networks of IPv6, which this system does not let be closed: ${why}`
    if (!isExposed) observe({ kind: 'message', level: 'warn', text })
    isExposed = true
  }

  async function launch(
    folders: readonly string[],
    { memoryBytes, network, givesWay = false }: { memoryBytes: number; network: NetworkGuard; givesWay?: boolean },
  ): Promise<DenoProcess> {
    shelter ??= openShelter()
    try {
      const reads = new Set(folders)
      const places = { deno, cache, bundles: bundlesFolder, ...shelter }
      return await launchDeno({ ...places, reads, network, memoryBytes, givesWay, exposed })
    } catch (error) {
      observe({ kind: 'message', level: 'error', text: 'Deno could not be started for an edge function', error })
      throw new Refusal('BOOT_ERROR', { details: errorMessage(error) })
    }
  }
  const usual = { memoryBytes: common.memoryBytes, network: options.network }
  const zygotes = createZygotes(
    (folder) => launch([...options.folders(), folder], usual),
    () => launch(options.folders(), { ...usual, givesWay: mayRaisePriorities() }),
    common.spares,
  )

  /** A booted process that may do what this function may. */
  async function processFor(
    definition: FunctionDefinition,
    { folder }: Bundle,
    { memoryBytes }: FunctionLimits,
    { isHigh }: Debt,
  ) {
    const network = await options.exemptedNetwork(definition)
    // One that owes others much gets one of its own, which gives way from its boot on, and leaves the pool to them.
    const isUsual = network === undefined && memoryBytes === common.memoryBytes && !isHigh
    if (isUsual) return await zygotes.take(folder)
    return await launch([folder], { memoryBytes, network: network ?? options.network, givesWay: isHigh })
  }

  return {
    runner(definition) {
      const key = `${definition.name} ${definition.entrypoint}`
      const known = runners.get(key)
      if (known !== undefined) return known
      const limits = options.limits(definition.name)
      const log = createFunctionLog(definition.name, observe)
      const debt = createDebt()
      const background = () => options.background(definition.name)
      const start = async (bundle: Bundle): Promise<Worker> => {
        const env = options.environment(definition, bundle)
        const process = await processFor(definition, bundle, limits, debt)
        try {
          const worker = await startWorker(process, { bundle, env, limits, log, usage, debt, background })
          void worker.ended.then((how) => how !== 'stopped' && debt.add(startMs))
          return worker
        } catch (error) {
          debt.add(startMs)
          throw error
        } finally {
          zygotes.fillSoon()
        }
      }
      const runner = createRunner({ definition, bundles: options.bundles, start, policy: options.policy, limits })
      runners.set(key, runner)
      return runner
    },
    workersOf(name) {
      const own = [...runners].filter(([key]) => key.startsWith(`${name} `))
      return own.reduce((sum, [, { workers }]) => sum + workers, 0)
    },
    warm: () => zygotes.fill(),
    async close() {
      await Promise.all([zygotes.close(), ...[...runners.values()].map((runner) => runner.close())])
      shelter?.guard.close()
    },
  }
}
