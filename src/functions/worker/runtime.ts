import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorMessage } from '#errors'
import type { Observe } from '#observe'
import type { Bundle, Bundles } from '../bundle/index.ts'
import type { FunctionDefinition } from '../definitions.ts'
import { Refusal } from '../refusals.ts'
import type { FunctionLimits, FunctionsConfig } from '../settings.ts'
import { launchDeno } from './deno-process.ts'
import { createFunctionLog } from './function-log.ts'
import { createMemoryWatch } from './memory-watch.ts'
import { createOrphanGuard, type OrphanGuard } from './orphan-guard.ts'
import { createRunner, type Runner } from './runner.ts'
import { createZygotes } from './zygotes.ts'

export interface RuntimeOptions {
  readonly deno: string
  readonly cache: string
  readonly bundlesFolder: string
  readonly bundles: Bundles
  readonly environment: (definition: FunctionDefinition, bundle: Bundle) => Promise<Readonly<Record<string, string>>>
  readonly policy: FunctionsConfig['edgeRuntime']['policy']
  readonly limits: FunctionLimits
  readonly observe: Observe
}

/** All processes of all functions. */
export interface Runtime {
  /** The runner of one function; the same one each time. */
  runner(definition: FunctionDefinition): Runner
  /** Boots spare processes in the background. */
  warm(): void
  close(): Promise<void>
}

export function createRuntime(options: RuntimeOptions): Runtime {
  const { deno, cache, bundlesFolder, limits, observe } = options
  const memory = createMemoryWatch()
  const runners = new Map<string, Runner>()
  let shelter: { readonly sockets: string; readonly guard: OrphanGuard } | undefined

  /** Made for the first process: a folder only we may enter, with a short path (a socket's may have some 100 bytes). */
  function openShelter() {
    const sockets = mkdtempSync(join(tmpdir(), 'portico-'))
    mkdirSync(bundlesFolder, { recursive: true })
    return { sockets, guard: createOrphanGuard(sockets) }
  }

  async function launch() {
    shelter ??= openShelter()
    try {
      const process = { deno, cache, bundles: bundlesFolder, memoryBytes: limits.memoryBytes, ...shelter }
      // What a worker will need of us is loaded meanwhile; a start does not wait for it.
      const [launched] = await Promise.all([launchDeno(process), import('undici')])
      return launched
    } catch (error) {
      observe({ kind: 'message', level: 'error', text: 'Deno could not be started for an edge function', error })
      throw new Refusal('BOOT_ERROR', { details: errorMessage(error) })
    }
  }
  const zygotes = createZygotes(launch, limits.spares)

  return {
    runner(definition) {
      const key = `${definition.name} ${definition.entrypoint}`
      const known = runners.get(key)
      if (known !== undefined) return known
      const runner = createRunner({
        definition,
        bundles: options.bundles,
        zygotes,
        environment: (bundle) => options.environment(definition, bundle),
        policy: options.policy,
        limits,
        log: createFunctionLog(definition.name, observe),
        memory,
      })
      runners.set(key, runner)
      return runner
    },
    warm: () => zygotes.fill(),
    async close() {
      await Promise.all([zygotes.close(), ...[...runners.values()].map((runner) => runner.close())])
      shelter?.guard.close()
    },
  }
}
