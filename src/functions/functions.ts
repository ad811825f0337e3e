import { isTracing, traced, traceHeaders } from '#observe'
import { type FunctionDefinition, findFunction, findFunctions } from './definitions.ts'
import { type Embedded, embed } from './embed.ts'
import { type Answer, type Call, endToEnd, headerOf, type Recipient, send } from './exchange.ts'
import { callOf, responseRecipient } from './fetch-front.ts'
import { Invocation } from './invocation.ts'
import { type InvokeOptions, invoke } from './invoke.ts'
import { requireJwt } from './jwt-gate.ts'
import { callFrom, NodeRecipient } from './node-front.ts'
import type { FunctionsOptions, FunctionsService, InvocationOrigin } from './options.ts'
import { Refusal, refusalAnswer } from './refusals.ts'
import { limitsOf } from './settings.ts'
import { refuseUpgrade, upgrade } from './upgrade.ts'
import type { Runner } from './worker/index.ts'

/**
 * Serves every folder of `supabase/functions` with Deno, each in processes of its own.
 *
 * @example
 * const functions = createFunctions({ config, verify, observe, urls: { api: () => url, database: () => databaseUrl } })
 * await functions.fetch(new Request(`${url}/hello`, { method: 'POST', headers: { authorization } }), { trigger: 'cron' })
 */
export function createFunctions(options: FunctionsOptions): FunctionsService {
  const { config, verify, observe } = options
  const development = config.mode === 'development'
  const { origin, host } = new URL(config.http.externalUrl)
  const told: ConstructorParameters<typeof Invocation>[1] = (invocation) => {
    observe(invocation)
    options.ledger?.note(invocation)
  }
  const service = embed(options, (name) => new Invocation({ name, trigger: 'background' }, told))
  const served = new WeakMap<FunctionDefinition, Served>()
  let closed = false

  /** What serves a function; the same as long as its definition is. */
  function serverOf(definition: FunctionDefinition, { runtime }: Embedded): Served {
    const known = served.get(definition)
    if (known) return known
    const limits = limitsOf(config, definition.name, options.limits)
    const made = { runner: runtime.runner(definition), options: { origin, host, limits } }
    served.set(definition, made)
    return made
  }

  /** The function that a call is for, once its caller may call it; without a wait where that is known. */
  function admit(call: Omit<Call, 'body'>, from: InvocationOrigin): Admitted | Promise<Admitted> {
    const name = nameIn(call.path)
    const definition = service?.sources.found(name)
    if (definition === undefined) return find(name).then((found) => admitTo(found, call, from))
    return admitTo(definition, call, from)
  }

  async function find(name: string): Promise<FunctionDefinition> {
    const definition = await (service ? service.sources.find(name) : findFunction(name, config))
    if (definition === undefined) throw new Refusal('NOT_FOUND')
    return definition
  }

  function admitTo(
    definition: FunctionDefinition,
    { method, headers }: Omit<Call, 'body'>,
    from: InvocationOrigin,
  ): Admitted | Promise<Admitted> {
    const isRequired = definition.verifyJwt && method !== 'OPTIONS'
    if (!isRequired && headerOf(headers, 'authorization') === undefined) return admitted(definition, from)
    return requireJwt(headers, verify).then(
      (role) => admitted(definition, from, role),
      (error: unknown) => {
        if (isRequired) throw error
        return admitted(definition, from)
      },
    )
  }

  function admitted(
    definition: FunctionDefinition,
    { trigger = 'http', id }: InvocationOrigin,
    role?: string,
  ): Admitted {
    if (service === undefined || closed) throw new Refusal('RUNTIME_UNAVAILABLE')
    const invocation = new Invocation({ name: definition.name, trigger, id, role }, told)
    const { runner, options } = serverOf(definition, service)
    return { invocation, runner, options }
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
      const admission = admit(call, from)
      const { invocation, runner, options } = admission instanceof Promise ? await admission : admission
      isCalled = true
      await (isTracing() ? invokeTraced : invoke)(runner, call, to, invocation, options)
    } catch (error) {
      call.body?.resume()
      send(refusing(error), to)
    }
    return isCalled
  }

  return {
    async fetch(request, invocation) {
      const to = responseRecipient(request.signal)
      const [response] = await Promise.all([to.response, answer(callOf(request), to, invocation)])
      return response
    },
    handle: (req, res, path, headers, id) => answer(callFrom(req, path, headers), new NodeRecipient(res), { id }),
    async upgrade(_req, socket, head, path, headers) {
      // Whoever is handed the socket has it alone: a client that resets it would end this process.
      socket.on('error', () => socket.destroy())
      try {
        const { runner, invocation, options } = await admit({ method: 'GET', path, headers }, { trigger: 'websocket' })
        await upgrade(runner, { path, headers, socket, head }, invocation, options)
      } catch (error) {
        refuseUpgrade(socket, refusing(error))
      }
    },
    list: () => [...(service?.sources.all() ?? findFunctions(config)).values()],
    operate: async (request) => (await service?.operate(request)) ?? new Response(null, { status: 404 }),
    async warm() {
      const all = [...(service?.sources.all().values() ?? [])]
      if (service === undefined || all.length === 0) return
      for (const definition of all) if (!closed) await service.sources.get(definition).catch(() => {})
      if (!closed) service.runtime.warm()
    },
    async close() {
      closed = true
      await service?.close()
    },
  }
}

interface Served {
  readonly runner: Runner
  readonly options: InvokeOptions
}

interface Admitted extends Served {
  readonly invocation: Invocation
}

/** The function that a path names: `/NAME/rest?query`. */
function nameIn(path: string): string {
  let end = 1
  while (end < path.length && path[end] !== '/' && path[end] !== '?') end += 1
  return path[0] === '/' ? path.slice(1, end) : ''
}

/** Invokes as a span of the current trace, which the function is told of. */
function invokeTraced(...[runner, call, to, invocation, options]: Parameters<typeof invoke>): Promise<void> {
  const { name, trigger } = invocation
  const attributes = { 'faas.invoked_name': name, 'portico.trigger': trigger }
  return traced(`function ${name}`, { kind: 'server', attributes }, async (span) => {
    const status = await invoke(runner, withTrace(call), to, invocation, options)
    span?.setAttribute('http.response.status_code', status)
  })
}

const traceContext: ReadonlySet<string> = new Set(['traceparent', 'tracestate'])

/** The call with the current trace in place of the client's, where there is one. */
function withTrace(call: Call): Call {
  const ours = traceHeaders()
  if (ours.traceparent === undefined) return call
  return { ...call, headers: [...endToEnd(call.headers, traceContext), ...Object.entries(ours).flat()] }
}
