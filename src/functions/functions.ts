import { traced, traceHeaders } from '#observe'
import { type FunctionDefinition, findFunction, findFunctions } from './definitions.ts'
import { type Embedded, embed } from './embed.ts'
import { type Answer, type Call, endToEnd, type Recipient, send } from './exchange.ts'
import { callOf, responseRecipient } from './fetch-front.ts'
import { invoke, type Outcome } from './invoke.ts'
import { requireJwt, roleIfAny } from './jwt-gate.ts'
import { callFrom, nodeRecipient } from './node-front.ts'
import type { FunctionsOptions, FunctionsService, InvocationOrigin } from './options.ts'
import { Refusal, refusalAnswer } from './refusals.ts'
import { type FunctionLimits, limitsOf } from './settings.ts'
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
  const service = embed(options, (name, { ms, usage }) =>
    observed(name, { trigger: 'background', status: 200, ms, cold: false, usage }),
  )
  const served = new WeakMap<FunctionDefinition, Served>()
  let closed = false

  function observed(
    name: string,
    { usage, ...rest }: Outcome & { id?: string | undefined; trigger: string; role?: string | undefined },
  ): void {
    const invocation = { kind: 'invocation' as const, name, ...rest, ...usage }
    observe(invocation)
    options.ledger?.note(invocation)
  }

  /** What serves a function; the same as long as its definition is. */
  function serverOf(definition: FunctionDefinition, { runtime }: Embedded): Served {
    const known = served.get(definition)
    if (known) return known
    const made = { runner: runtime.runner(definition), limits: limitsOf(config, definition.name, options.limits) }
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
