import { join } from 'node:path'
import type { Observe } from '#observe'
import { createBundles } from './bundle/index.ts'
import { type FunctionDefinition, findFunction, findFunctions } from './definitions.ts'
import { functionEnvironment, type PlatformUrls } from './environment.ts'
import type { Answer, Call } from './exchange.ts'
import { callOf, responseOf } from './fetch-front.ts'
import { invoke } from './invoke.ts'
import { requireJwt, type VerifyToken } from './jwt-gate.ts'
import { Refusal, refusalAnswer } from './refusals.ts'
import { defaultLimits, type FunctionLimits, type FunctionsConfig } from './settings.ts'
import { createRuntime, locateDeno } from './worker/index.ts'

export interface FunctionsOptions {
  readonly config: FunctionsConfig
  /** Checks the JWT of calls to functions with `verify_jwt`. */
  readonly verify: VerifyToken
  readonly observe: Observe
  readonly urls: PlatformUrls
  /** The keys that verify this backend's tokens, for `SUPABASE_JWKS`. */
  readonly jwks?: () => Promise<unknown>
  readonly limits?: Partial<FunctionLimits>
  /** The deno binary; the installed one unless given. Where it is `undefined`, functions answer 503. */
  readonly deno?: string | undefined
}

/** The edge functions of the project, embedded. */
export interface FunctionsService {
  /** Answers `/NAME` and everything below it. */
  fetch(request: Request): Promise<Response>
  /** The same for a front that has no `Request`. */
  answer(call: Call): Promise<Answer>
  list(): readonly FunctionDefinition[]
  /** Bundles every function and boots spare processes, so that first calls are quick. Meant for when all else is ready. */
  warm(): Promise<void>
  close(): Promise<void>
}

/**
 * Serves every folder of `supabase/functions` with Deno, each in a process of its own.
 *
 * @example
 * const functions = createFunctions({ config, verify, observe, urls: { api: () => url, database: () => databaseUrl } })
 * await functions.fetch(new Request(`${url}/hello`, { method: 'POST', headers: { authorization } }))
 */
export function createFunctions(options: FunctionsOptions): FunctionsService {
  const { config, verify, observe, urls } = options
  const development = config.mode === 'development'
  const limits = { ...defaultLimits, ...options.limits }
  const atStart = findFunctions(config)
  const deno = unlessDisabled(options, atStart.size)
  const service = deno === undefined ? undefined : embed(deno)
  let closed = false

  function embed(deno: string) {
    const folder = join(config.dataFolder, 'functions')
    const toolchain = { deno, cache: join(folder, 'deno') }
    const bundlesFolder = join(folder, 'bundles')
    const bundles = createBundles({
      hotReload: development,
      project: config.project,
      toolchain,
      bundles: bundlesFolder,
      builds: join(folder, 'builds'),
      failed: (name, message) => observe({ kind: 'function-log', level: 'error', name, message }),
    })
    const runtime = createRuntime({
      ...toolchain,
      bundlesFolder,
      bundles,
      policy: config.edgeRuntime.policy,
      limits,
      observe,
      environment: async (definition, { version }) =>
        functionEnvironment(definition, { version, config, urls, jwks: await options.jwks?.() }),
    })
    return { bundles, runtime }
  }

  async function answer(call: Call): Promise<Answer> {
    try {
      const definition = find(call.path)
      if (definition === undefined) throw new Refusal('NOT_FOUND')
      if (definition.verifyJwt && call.method !== 'OPTIONS') await requireJwt(call.headers, verify)
      if (service === undefined || closed) throw new Refusal('RUNTIME_UNAVAILABLE')
      return await invoke(service.runtime.runner(definition), call, {
        origin: new URL(urls.api()).origin,
        limits,
        ended: (invocation) => observe({ kind: 'invocation', name: definition.name, ...invocation }),
      })
    } catch (error) {
      call.body?.destroy()
      if (error instanceof Refusal) return refusalAnswer(error, { revealDetails: development })
      observe({ kind: 'message', level: 'error', text: 'An edge function could not be called', error })
      return refusalAnswer(new Refusal('INTERNAL_SERVER_ERROR'), { revealDetails: false })
    }
  }

  /** In development the folder is looked at again, so that a new function is there at once. */
  function find(path: string): FunctionDefinition | undefined {
    const name = /^\/([^/?]*)/.exec(path)?.[1] ?? ''
    return development ? findFunction(name, config) : atStart.get(name)
  }

  return {
    answer,
    fetch: async (request) => responseOf(await answer(callOf(request))),
    list: () => [...(development ? findFunctions(config) : atStart).values()],
    async warm() {
      if (service === undefined || atStart.size === 0) return
      for (const definition of atStart.values()) await service.bundles.get(definition).catch(() => {})
      service.runtime.warm()
    },
    async close() {
      closed = true
      await service?.runtime.close()
    },
  }
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
