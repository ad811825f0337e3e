import { join } from 'node:path'
import type { Observe } from '#observe'
import { createBundles } from './bundle/index.ts'
import { findFunctions } from './definitions.ts'
import { openDeployments } from './deployments/index.ts'
import { functionEnvironment } from './environment.ts'
import { createLogTail } from './log-tail.ts'
import { addressesOf, guardedNetworks, type NetworkGuard, unguarded } from './network.ts'
import { createOperator } from './operate.ts'
import type { FunctionsOptions } from './options.ts'
import { limitsOf } from './settings.ts'
import { createSources, type Sources } from './sources.ts'
import { createRuntime, locateDeno, type Runtime, type Work } from './worker/index.ts'

/** What runs functions on this machine. */
export interface Embedded {
  readonly sources: Sources
  readonly runtime: Runtime
  /** Answers requests of operators. */
  readonly operate: (request: Request) => Promise<Response>
  /** Ends the processes, and the bundling that is under way. */
  readonly close: () => Promise<void>
}

/**
 * Puts together what runs functions; nothing of it is started before it is needed. Undefined, with one line in the log
 * that says why, where they will not run.
 *
 * @param background what goes on in a function without a request is noted in
 */
export function embed(options: FunctionsOptions, background: (name: string) => Work): Embedded | undefined {
  const { config, urls, guard } = options
  const deno = unlessDisabled(options, findFunctions(config).size)
  if (deno === undefined) return undefined
  const tail = createLogTail()
  const observe: Observe = (observation) => {
    if (observation.kind === 'function-log') tail.add(observation)
    options.observe(observation)
  }
  const folder = join(config.dataFolder, 'functions')
  const stopping = new AbortController()
  const toolchain = { deno, cache: join(folder, 'deno') }
  const bundlesFolder = join(folder, 'bundles')
  const own = createBundles({
    hotReload: config.mode === 'development',
    project: config.project,
    toolchain: { ...toolchain, signal: stopping.signal },
    bundles: bundlesFolder,
    builds: join(folder, 'builds'),
    failed: (name, message) => {
      if (!stopping.signal.aborted) observe({ kind: 'function-log', level: 'error', name, message })
    },
  })
  const deployments = openDeployments(bundlesFolder)
  const sources = createSources(config, own, deployments)
  const runtime = createRuntime({
    ...toolchain,
    bundlesFolder,
    bundles: sources,
    policy: config.edgeRuntime.policy,
    limits: (name) => limitsOf(config, name, options.limits),
    folders: () => [...sources.all().keys(), ...deployments.names().map((name) => `${name}.deployed`)],
    network: guard ? guardedNetworks(guard.open) : unguarded,
    exemptedNetwork: ({ allowedHosts }) =>
      guard && allowedHosts.length > 0 ? exempted(guard.open, allowedHosts) : undefined,
    observe,
    background,
    environment: (definition, { version }) =>
      functionEnvironment(definition, { version, config, urls, jwks: options.jwks?.() }),
  })
  const operate = createOperator({ sources, deployments, tail, workersOf: runtime.workersOf })
  const close = async () => {
    stopping.abort()
    await runtime.close()
  }
  return { sources, runtime, operate, close }
}

async function exempted(open: readonly string[], hosts: readonly string[]): Promise<NetworkGuard> {
  return guardedNetworks([...open, ...(await addressesOf(hosts))])
}

/** The deno binary to use, or `undefined` with one line in the log that says why functions will not run. */
function unlessDisabled({ config, observe, ...options }: FunctionsOptions, functions: number): string | undefined {
  const deno = 'deno' in options ? options.deno : locateDeno()
  if (config.edgeRuntime.enabled && deno !== undefined) return deno
  const text = config.edgeRuntime.enabled
    ? `Edge functions answer 503: the "deno" package has no binary for ${process.platform}-${process.arch} installed`
    : 'Edge functions answer 503: config.toml has [edge_runtime] enabled = false'
  if (functions > 0) observe({ kind: 'message', level: 'warn', text })
  return undefined
}
