import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Caller, type CallerPool, type CatalogWatch, ClientGone, type Departure, departureOf } from '#database'
import type { Observe } from '#observe'
import { callerOf } from './caller.ts'
import { fromDatabase, isOfChangedSchema, urlTooLong } from './errors/index.ts'
import { type Asked, fromFetch, fromNode, type Incoming, readBody } from './incoming.ts'
import { createLookAgain } from './look-again.ts'
import { withRootFunction } from './openapi/index.ts'
import { allowedMethods } from './options.ts'
import { refusal, toResponse, writeTo } from './outgoing.ts'
import type { RawRequest } from './request/index.ts'
import { requestInfo } from './request-info.ts'
import { contentHeaders, type RestAnswer, respond } from './respond/index.ts'
import { runPlan } from './run.ts'
import type { ApiSettings } from './settings.ts'
import { createState, type State } from './state.ts'
import { startTiming, type Timing } from './timing.ts'

/** What the Data API needs of the rest. */
export interface RestOptions {
  readonly api: ApiSettings
  readonly callers: CallerPool
  readonly catalog: CatalogWatch
  /** Whom a token stands for. */
  readonly verify: (token: string) => Promise<Caller>
  /** Counts a request, and refuses one too many. */
  readonly count?: ((caller: Caller, address: string | undefined) => Promise<void>) | undefined
  readonly observe: Observe
  /** The only roles there may be; any role where unset. */
  readonly rolesAllowed?: ReadonlySet<string> | undefined
  /** Where the world finds it: `http://127.0.0.1:54321/rest/v1`. */
  readonly url: () => string
}

/** The Data API: what PostgREST answers, in this process. */
export interface Rest {
  /** For whoever is in this process. */
  fetch(request: Request): Promise<Response>
  /** The same for the network. @returns the role that asked; undefined for a token that is not valid */
  handle(req: IncomingMessage, res: ServerResponse, asked: Asked): Promise<string | undefined>
}

/** Who asks, and whether there is still anybody who does. */
interface By {
  readonly caller: Caller
  readonly departure: Departure
  readonly timing: Timing | undefined
}

/** Characters of a query string. */
const maxQuery = 64 * 1024

/** Puts the stages together: caller, request, plan, query, run, respond. */
export function createRest(options: RestOptions): Rest {
  const { callers, catalog, verify, count, observe } = options
  const state = createState(options)
  const lookAgain = createLookAgain(() => catalog.refresh())

  async function answer(now: State, raw: RawRequest, by: By): Promise<RestAnswer> {
    const { model, settings, read, prepare } = now
    const { caller, departure, timing } = by
    const asked = withRootFunction(read(raw), settings)
    timing?.done('parse')
    const { request } = asked
    if (request.action === 'options') {
      return { status: 200, headers: { allow: allowedMethods(model, request) }, body: null }
    }
    if (request.action === 'describe') {
      timing?.done('plan')
      const described = await now.describe(request, caller.role)
      timing?.done('transaction')
      return described
    }
    const prepared = prepare(asked)
    timing?.done('plan')
    const { plan } = prepared
    const info = requestInfo(raw, prepared.settings)
    const result = await runPlan({ callers, caller, info, settings, departure }, request, prepared)
    timing?.done('transaction')
    if (plan.answer.explain) {
      return { status: 200, headers: contentHeaders(plan.answer.media, request), body: result.body }
    }
    try {
      return respond(request, prepared, result)
    } catch (error) {
      result.body.release()
      throw error
    }
  }

  /** A plan may be older than what the database is made of: then it is made anew, once. Nothing that failed has stayed. */
  async function answerNow(now: State, raw: RawRequest, by: By): Promise<RestAnswer> {
    try {
      return await answer(now, raw, by)
    } catch (error) {
      if (!isOfChangedSchema(error)) throw error
      await lookAgain()
      const next = state()
      if (next === now) throw error
      return await answer(next, raw, by)
    }
  }

  async function serve(incoming: Incoming): Promise<{ answer: RestAnswer; role?: string }> {
    const now = state()
    let caller: Caller | undefined
    try {
      const timing = now.settings.timing ? startTiming() : undefined
      caller = await callerOf(incoming.token, now, verify)
      timing?.done('jwt')
      if (count) await count(caller, incoming.address)
      const { method, url, headers, departure } = incoming
      const query = url.indexOf('?')
      const [path, search] = query < 0 ? [url, ''] : [url.slice(0, query), url.slice(query + 1)]
      if (search.length > maxQuery) throw urlTooLong()
      const raw = { method, path, search, headers, body: await readBody(incoming) }
      const answered = await answerNow(now, raw, { caller, departure, timing })
      timing?.done('response')
      return { answer: timing ? withTiming(answered, timing) : answered, role: caller.role }
    } catch (error) {
      const refused = fromDatabase(error, caller !== undefined && caller.role !== now.settings.anonymousRole)
      const isGone = error instanceof ClientGone || incoming.departure.aborted
      if (refused.code === 'PGRSTX00' && !isGone)
        observe({ kind: 'message', level: 'error', text: 'a Data API request failed', error })
      return { answer: refusal(refused), ...(caller && { role: caller.role }) }
    }
  }

  return {
    async fetch(request) {
      const { answer } = await serve(fromFetch(request))
      return toResponse(answer, request.method)
    },
    async handle(req, res, asked) {
      const { answer, role } = await serve(fromNode(req, departureOf(res), asked))
      writeTo(res, answer, req.method ?? 'GET')
      return role
    },
  }
}

function withTiming(answer: RestAnswer, timing: Timing): RestAnswer {
  return { ...answer, headers: { ...answer.headers, 'server-timing': timing.text() } }
}
