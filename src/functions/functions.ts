import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { Observe } from '#observe'
import { createBundles } from './bundle/index.ts'
import { type FunctionDefinition, findFunction, findFunctions } from './definitions.ts'
import { functionEnvironment, type PlatformUrls } from './environment.ts'
import { type Answer, type Call, type RawHeaders, type Recipient, send } from './exchange.ts'
import { callOf, responseRecipient } from './fetch-front.ts'
import { invoke, type Outcome } from './invoke.ts'
import { requireJwt, roleIfAny, type VerifyToken } from './jwt-gate.ts'
import { callFrom, nodeRecipient } from './node-front.ts'
import { Refusal, refusalAnswer } from './refusals.ts'
import { type FunctionLimits, type FunctionsConfig, limitsOf } from './settings.ts'
import { refuseUpgrade, upgrade } from './upgrade.ts'
import { createRuntime, locateDeno, type Usage } from './worker/index.ts'

export interface FunctionsOptions {
  readonly config: FunctionsConfig
  /** Checks the JWT of calls to functions with `verify_jwt`. */
  readonly verify: VerifyToken
  readonly observe: Observe
  readonly urls: PlatformUrls
  /** The keys that verify this backend's tokens, for `SUPABASE_JWKS`. */
  readonly jwks?: () => Promise<unknown>
  /** Before those of the configuration. */
  readonly limits?: Partial<FunctionLimits>
  /** The deno binary; the installed one unless given. Where it is `undefined`, functions answer 503. */
  readonly deno?: string | undefined
}

/** What an invocation is known by afterwards. */
export interface InvocationOrigin {
  /** What started it: `http` unless said otherwise; `graphql`, `webhook`, `cron`, `queue`, `hook` … */
  readonly trigger?: string
}

/** The edge functions of the project, embedded. */
export interface FunctionsService {
  /** Answers `/NAME` and everything below it, for whoever is in this process. */
  fetch(request: Request, origin?: InvocationOrigin): Promise<Response>
  /**
   * The same for `node:http`, without a detour.
   * @param path `/NAME/rest?query`
   * @param headers those of the request, with what its key means settled
   */
  handle(req: IncomingMessage, res: ServerResponse, path: string, headers: RawHeaders): Promise<void>
  /** The same for a client that asks for a WebSocket. */
  upgrade(req: IncomingMessage, socket: Socket, head: Buffer, path: string, headers: RawHeaders): Promise<void>
  list(): readonly FunctionDefinition[]
  /** Bundles every function and boots spare processes, so that first calls are quick. Meant for when all else is ready. */
  warm(): Promise<void>
  close(): Promise<void>
}

/**
 * Serves every folder of `supabase/functions` with Deno, each in processes of its own.
 *
 * @example
 * const functions = createFunctions({ config, verify, observe, urls: { api: () => url, database: () => databaseUrl } })
 * await functions.fetch(new Request(`${url}/hello`, { method: 'POST', headers: { authorization } }), { trigger: 'cron' })
 */
export function createFunctions(options: FunctionsOptions): FunctionsService {
  const { config, verify, observe, urls } = options
  const development = config.mode === 'development'
  const limits = (name?: string) => ({ ...limitsOf(config, name), ...options.limits })
  const { origin, host } = new URL(config.http.externalUrl)
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
      folders: () => [...current().keys()],
      deniedNetworks: [],
      exemptedNetworks: () => undefined,
      observe,
      background: (name, { ms, usage }) =>
        observed(name, { trigger: 'background', status: 200, ms, cold: false, usage }),
      environment: async (definition, { version }) =>
        functionEnvironment(definition, { version, config, urls, jwks: await options.jwks?.() }),
    })
    return { bundles, runtime }
  }

  function observed(
    name: string,
    {
      usage,
      ...rest
    }: { trigger: string; role?: string | undefined; status: number; ms: number; cold: boolean; usage: Usage },
  ): void {
    observe({ kind: 'invocation', name, ...rest, ...usage })
  }

  /** The function that a call is for, once its caller may call it. */
  async function admit({ method, path, headers }: Omit<Call, 'body'>, trigger: string) {
    const definition = find(path)
    if (definition === undefined) throw new Refusal('NOT_FOUND')
    const { name } = definition
    const guarded = definition.verifyJwt && method !== 'OPTIONS'
    const role = await (guarded ? requireJwt : roleIfAny)(headers, verify)
    if (service === undefined || closed) throw new Refusal('RUNTIME_UNAVAILABLE')
    const ended = (outcome: Outcome) => observed(name, { trigger, role, ...outcome })
    return { runner: service.runtime.runner(definition), options: { origin, host, limits: limits(name), ended } }
  }

  function refusing(error: unknown): Answer {
    if (error instanceof Refusal) return refusalAnswer(error, { revealDetails: development })
    observe({ kind: 'message', level: 'error', text: 'An edge function could not be called', error })
    return refusalAnswer(new Refusal('INTERNAL_SERVER_ERROR'), { revealDetails: false })
  }

  async function answer(call: Call, to: Recipient, { trigger = 'http' }: InvocationOrigin = {}): Promise<void> {
    try {
      const { runner, options } = await admit(call, trigger)
      await invoke(runner, call, to, options)
    } catch (error) {
      call.body?.resume()
      send(refusing(error), to)
    }
  }

  /** In development the folder is looked at again, so that a new function is there at once. */
  function current(): ReadonlyMap<string, FunctionDefinition> {
    return development ? findFunctions(config) : atStart
  }

  function find(path: string): FunctionDefinition | undefined {
    const name = /^\/([^/?]*)/.exec(path)?.[1] ?? ''
    return development ? findFunction(name, config) : atStart.get(name)
  }

  return {
    async fetch(request, invocation) {
      const to = responseRecipient(request.signal)
      const [response] = await Promise.all([to.response, answer(callOf(request), to, invocation)])
      return response
    },
    handle: (req, res, path, headers) => answer(callFrom(req, path, headers), nodeRecipient(res)),
    async upgrade(_req, socket, head, path, headers) {
      try {
        const { runner, options } = await admit({ method: 'GET', path, headers }, 'websocket')
        await upgrade(runner, { path, headers, socket, head }, options)
      } catch (error) {
        refuseUpgrade(socket, refusing(error))
      }
    },
    list: () => [...current().values()],
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
