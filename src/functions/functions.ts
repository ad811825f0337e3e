import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { type Observe, traced, traceHeaders } from '#observe'
import { createBundles } from './bundle/index.ts'
import { type FunctionDefinition, findFunction, findFunctions } from './definitions.ts'
import { openDeployments } from './deployments/index.ts'
import { functionEnvironment, type PlatformUrls } from './environment.ts'
import { type Answer, type Call, endToEnd, type RawHeaders, type Recipient, send } from './exchange.ts'
import { callOf, responseRecipient } from './fetch-front.ts'
import { invoke, type Outcome } from './invoke.ts'
import { requireJwt, roleIfAny, type VerifyToken } from './jwt-gate.ts'
import type { Ledger } from './ledger/index.ts'
import { createLogTail } from './log-tail.ts'
import { addressesOf, guardedNetworks } from './network.ts'
import { callFrom, nodeRecipient } from './node-front.ts'
import { createOperator } from './operate.ts'
import { Refusal, refusalAnswer } from './refusals.ts'
import { type FunctionLimits, type FunctionsConfig, limitsOf } from './settings.ts'
import { createSources } from './sources.ts'
import { refuseUpgrade, upgrade } from './upgrade.ts'
import { createRuntime, locateDeno, type Runner } from './worker/index.ts'

export interface FunctionsOptions {
  readonly config: FunctionsConfig
  /** Checks the JWT of calls to functions with `verify_jwt`. */
  readonly verify: VerifyToken
  readonly observe: Observe
  /** Told of each invocation that has ended; `observe` is too. */
  readonly ledger?: Pick<Ledger, 'note'>
  readonly urls: PlatformUrls
  /** The keys that verify this backend's tokens, for `SUPABASE_JWKS`. */
  readonly jwks?: () => Promise<unknown>
  /**
   * Set where others can reach this backend: functions, which those others may talk into fetching something, reach no
   * private network but these addresses of it.
   */
  readonly guard?: { readonly open: readonly string[] } | undefined
  /** Before those of the configuration. */
  readonly limits?: Partial<FunctionLimits>
  /** The deno binary; the installed one unless given. Where it is `undefined`, functions answer 503. */
  readonly deno?: string | undefined
}

/** What an invocation is known by afterwards. */
export interface InvocationOrigin {
  /** What started it: `http` unless said otherwise; `graphql`, `webhook`, `cron`, `queue`, `hook` … */
  readonly trigger?: string
  /** What the HTTP request is called in the log. */
  readonly id?: string
}

/** The edge functions of the project, embedded. */
export interface FunctionsService {
  /** Answers `/NAME` and everything below it, for whoever is in this process. */
  fetch(request: Request, origin?: InvocationOrigin): Promise<Response>
  /**
   * The same for `node:http`, without a detour.
   * @param path `/NAME/rest?query`
   * @param headers those of the request, with what its key means settled
   * @param id what the request is called in the log
   * @returns whether a function was called, and with it an invocation observed
   */
  handle(req: IncomingMessage, res: ServerResponse, path: string, headers: RawHeaders, id?: string): Promise<boolean>
  /** The same for a client that asks for a WebSocket. */
  upgrade(req: IncomingMessage, socket: Socket, head: Buffer, path: string, headers: RawHeaders): Promise<void>
  list(): readonly FunctionDefinition[]
  /** Answers requests of operators; whoever calls it has made sure that they come from one. */
  operate(request: Request): Promise<Response>
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
  const { config, verify, urls } = options
  const development = config.mode === 'development'
  const limits = (name?: string) => ({ ...limitsOf(config, name), ...options.limits })
  const { origin, host } = new URL(config.http.externalUrl)
  const tail = createLogTail()
  const observe: Observe = (observation) => {
    if (observation.kind === 'function-log') tail.add(observation)
    options.observe(observation)
  }
  const deno = unlessDisabled(options, findFunctions(config).size)
  const service = deno === undefined ? undefined : embed(deno)
  const served = new WeakMap<FunctionDefinition, Served>()
  let closed = false

  function embed(deno: string) {
    const folder = join(config.dataFolder, 'functions')
    const toolchain = { deno, cache: join(folder, 'deno') }
    const bundlesFolder = join(folder, 'bundles')
    const own = createBundles({
      hotReload: development,
      project: config.project,
      toolchain,
      bundles: bundlesFolder,
      builds: join(folder, 'builds'),
      failed: (name, message) => observe({ kind: 'function-log', level: 'error', name, message }),
    })
    const deployments = openDeployments(bundlesFolder)
    const sources = createSources(config, own, deployments)
    const runtime = createRuntime({
      ...toolchain,
      bundlesFolder,
      bundles: sources,
      policy: config.edgeRuntime.policy,
      limits,
      folders: () => [...sources.all().keys(), ...deployments.names().map((name) => `${name}.deployed`)],
      deniedNetworks: options.guard ? guardedNetworks(options.guard.open) : [],
      exemptedNetworks: ({ allowedHosts }) =>
        options.guard && allowedHosts.length > 0 ? exempted(options.guard.open, allowedHosts) : undefined,
      observe,
      background: (name, { ms, usage }) =>
        observed(name, { trigger: 'background', status: 200, ms, cold: false, usage }),
      environment: async (definition, { version }) =>
        functionEnvironment(definition, { version, config, urls, jwks: await options.jwks?.() }),
    })
    const operate = createOperator({ sources, deployments, tail, workersOf: runtime.workersOf })
    return { sources, runtime, operate }
  }

  function observed(
    name: string,
    { usage, ...rest }: Outcome & { id?: string | undefined; trigger: string; role?: string | undefined },
  ): void {
    const invocation = { name, ...rest, ...usage }
    observe({ kind: 'invocation', ...invocation })
    options.ledger?.note(invocation)
  }

  /** What serves a function; the same as long as its definition is. */
  function serverOf(definition: FunctionDefinition, { runtime }: NonNullable<typeof service>): Served {
    const known = served.get(definition)
    if (known) return known
    const made = { runner: runtime.runner(definition), limits: limits(definition.name) }
    served.set(definition, made)
    return made
  }

  /** The function that a call is for, once its caller may call it. */
  async function admit({ method, path, headers }: Omit<Call, 'body'>, { trigger = 'http', id }: InvocationOrigin) {
    const definition = await find(path)
    if (definition === undefined) throw new Refusal('NOT_FOUND')
    const { name, verifyJwt } = definition
    const role = await (verifyJwt && method !== 'OPTIONS' ? requireJwt : roleIfAny)(headers, verify)
    if (service === undefined || closed) throw new Refusal('RUNTIME_UNAVAILABLE')
    const { runner, limits } = serverOf(definition, service)
    const ended = (outcome: Outcome) => observed(name, { id, trigger, role, ...outcome })
    return { name, trigger, runner, options: { origin, host, limits, ended } }
  }

  function refusing(error: unknown): Answer {
    if (error instanceof Refusal) return refusalAnswer(error, { revealDetails: development })
    observe({ kind: 'message', level: 'error', text: 'An edge function could not be called', error })
    return refusalAnswer(new Refusal('INTERNAL_SERVER_ERROR'), { revealDetails: false })
  }

  /** Resolves, when the response has begun, to whether a function was called. */
  async function answer(call: Call, to: Recipient, from: InvocationOrigin = {}): Promise<boolean> {
    let isCalled = false
    try {
      const { name, trigger, runner, options } = await admit(call, from)
      const attributes = { 'faas.invoked_name': name, 'portico.trigger': trigger }
      isCalled = true
      await traced(`function ${name}`, { kind: 'server', attributes }, async (span) => {
        const status = await invoke(runner, withTrace(call), to, options)
        span?.setAttribute('http.response.status_code', status)
      })
    } catch (error) {
      call.body?.resume()
      send(refusing(error), to)
    }
    return isCalled
  }

  async function find(path: string): Promise<FunctionDefinition | undefined> {
    const name = /^\/([^/?]*)/.exec(path)?.[1] ?? ''
    return service ? await service.sources.find(name) : findFunction(name, config)
  }

  return {
    async fetch(request, invocation) {
      const to = responseRecipient(request.signal)
      const [response] = await Promise.all([to.response, answer(callOf(request), to, invocation)])
      return response
    },
    handle: (req, res, path, headers, id) => answer(callFrom(req, path, headers), nodeRecipient(res), id ? { id } : {}),
    async upgrade(_req, socket, head, path, headers) {
      // Whoever is handed the socket has it alone: a client that resets it would end this process.
      socket.on('error', () => socket.destroy())
      try {
        const { runner, options } = await admit({ method: 'GET', path, headers }, { trigger: 'websocket' })
        await upgrade(runner, { path, headers, socket, head }, options)
      } catch (error) {
        refuseUpgrade(socket, refusing(error))
      }
    },
    list: () => [...(service?.sources.all() ?? findFunctions(config)).values()],
    operate: async (request) => (await service?.operate(request)) ?? new Response(null, { status: 404 }),
    async warm() {
      const all = [...(service?.sources.all().values() ?? [])]
      if (service === undefined || all.length === 0) return
      for (const definition of all) await service.sources.get(definition).catch(() => {})
      service.runtime.warm()
    },
    async close() {
      closed = true
      await service?.runtime.close()
    },
  }
}

interface Served {
  readonly runner: Runner
  readonly limits: FunctionLimits
}

const traceContext: ReadonlySet<string> = new Set(['traceparent', 'tracestate'])

/** The call with the current trace in place of the client's, where there is one. */
function withTrace(call: Call): Call {
  const ours = traceHeaders()
  if (ours.traceparent === undefined) return call
  return { ...call, headers: [...endToEnd(call.headers, traceContext), ...Object.entries(ours).flat()] }
}

async function exempted(open: readonly string[], hosts: readonly string[]): Promise<string[]> {
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
