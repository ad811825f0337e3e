import type { IncomingMessage, ServerResponse } from 'node:http'
import { LRUCache } from 'lru-cache'
import type { Caller, CallerPool, CatalogWatch } from '#database'
import type { Observe } from '#observe'
import { callerOf } from './caller.ts'
import { fromDatabase, noMediaType, openApiDisabled, urlTooLong } from './errors/index.ts'
import { ClientGone, fromFetch, fromNode, type Incoming, readBody } from './incoming.ts'
import { buildModel, type Model } from './model/index.ts'
import { openApiDocument } from './openapi/index.ts'
import { allowedMethods } from './options.ts'
import { refusal, toResponse, writeTo } from './outgoing.ts'
import { createPreparer } from './prepare.ts'
import { createReader, type RawRequest, type ReadRequest, type RestRequest } from './request/index.ts'
import { contentHeaders, type RestAnswer, respond } from './respond/index.ts'
import { requestInfo, runPlan } from './run.ts'
import { type ApiSettings, type OpenApiSettings, type Settings, settingsOf } from './settings.ts'
import { startTiming, type Timing } from './timing.ts'

export interface RestOptions {
  readonly api: ApiSettings
  readonly callers: CallerPool
  readonly catalog: CatalogWatch
  /** Whom a token stands for. */
  readonly verify: (token: string) => Promise<Caller>
  readonly observe: Observe
  /** Where the world finds it: `http://127.0.0.1:54321/rest/v1`. */
  readonly url: () => string
}

/** What holds until the database changes. */
interface State {
  readonly version: string
  readonly model: Model
  readonly settings: Settings
  readonly anonymous: Caller | undefined
  readonly read: ReturnType<typeof createReader>
  readonly prepare: ReturnType<typeof createPreparer>
  /** OpenAPI documents by schema and role: asking the database what a role may do takes a while. */
  readonly documents: LRUCache<string, string>
}

/** The Data API: what PostgREST answers, in this process. */
export interface Rest {
  /** For whoever is in this process. */
  fetch(request: Request): Promise<Response>
  /**
   * The same for the network.
   *
   * @param asked the URL below the mount, and what the door made of key and token
   * @returns the role that asked; undefined for a token that is not valid
   */
  handle(
    req: IncomingMessage,
    res: ServerResponse,
    asked: { readonly url: string; readonly authorization: string | undefined },
  ): Promise<string | undefined>
}

/** Characters of a query string. */
const maxQuery = 64 * 1024

export function createRest(options: RestOptions): Rest {
  const { api, callers, catalog, verify, observe } = options
  let current: State | undefined

  function state() {
    const { version } = catalog.current
    if (current?.version !== version) {
      const model = buildModel(catalog.current)
      const settings = settingsOf(api, catalog.current)
      const mayEndTransaction = settings.transactionEnd.mayChoose
      const read = createReader({ schemas: settings.schemas, mayEndTransaction })
      const documents = new LRUCache<string, string>({ max: 32 })
      const prepare = createPreparer(model, settings)
      current = { version, model, settings, anonymous: anonymousOf(settings), read, prepare, documents }
    }
    return current
  }

  async function answer(now: State, raw: RawRequest, caller: Caller, timing: Timing | undefined): Promise<RestAnswer> {
    const { model, settings, read, prepare } = now
    const asked = withRootFunction(read(raw), settings.openApi)
    timing?.done('parse')
    const { request } = asked
    if (request.action === 'options') {
      return { status: 200, headers: { allow: allowedMethods(model, request) }, body: null }
    }
    if (request.action === 'describe') return await describe(now, request, caller)
    const prepared = prepare(asked)
    timing?.done('plan')
    const { plan } = prepared
    const result = await runPlan({ callers, caller, requestInfo: requestInfo(raw), settings }, request, prepared)
    timing?.done('transaction')
    if (plan.answer.explain) {
      return { status: 200, headers: contentHeaders(plan.answer.media, request), body: result.body }
    }
    return respond(request, plan, result)
  }

  /** What the caller can do here. @throws RestError PGRST126 where the database's configuration hides it, PGRST107 */
  async function describe(now: State, request: RestRequest, caller: Caller): Promise<RestAnswer> {
    const { model, settings, documents } = now
    const { mode, security, url = new URL(options.url()) } = settings.openApi
    if (mode === 'disabled') throw openApiDisabled()
    const offered = request.accepts.some(({ kind }) => kind === 'openapi' || kind === 'json' || kind === 'any')
    if (!offered) throw noMediaType(request.accepts.map(({ text }) => text))
    const { schema } = request
    const key = `${schema}\0${caller.role}`
    let body = documents.get(key)
    if (body === undefined) {
      const privileges = mode === 'follow-privileges' ? await catalog.privileges(caller.role) : undefined
      const { searchPath } = settings
      body = JSON.stringify(openApiDocument({ model, schema, searchPath, privileges, url, security }))
      documents.set(key, body)
    }
    const type = { kind: 'openapi', text: 'application/openapi+json' } as const
    return { status: 200, headers: contentHeaders(type, request), body }
  }

  async function serve(incoming: Incoming): Promise<{ answer: RestAnswer; role?: string }> {
    let caller: Caller | undefined
    try {
      const now = state()
      const timing = now.settings.timing ? startTiming() : undefined
      caller = await callerOf(incoming.headers.authorization, now.anonymous, verify)
      timing?.done('jwt')
      const { method, url, headers } = incoming
      const query = url.indexOf('?')
      const [path, search] = query < 0 ? [url, ''] : [url.slice(0, query), url.slice(query + 1)]
      if (search.length > maxQuery) throw urlTooLong()
      const raw = { method, path, search, headers, body: await readBody(incoming) }
      const answered = await answer(now, raw, caller, timing)
      timing?.done('response')
      const timed = timing
        ? { ...answered, headers: { ...answered.headers, 'server-timing': timing.text() } }
        : answered
      return { answer: timed, role: caller.role }
    } catch (error) {
      const refused = fromDatabase(error, caller !== undefined && caller.role !== 'anon')
      if (refused.code === 'PGRSTX00' && !(error instanceof ClientGone))
        observe({ kind: 'message', level: 'error', text: 'a Data API request failed', error })
      return { answer: refusal(refused), ...(caller && { role: caller.role }) }
    }
  }

  return {
    async fetch(request) {
      const { answer } = await serve(fromFetch(request))
      return toResponse(answer, request.method)
    },
    async handle(req, res, { url, authorization }) {
      const { answer, role } = await serve(fromNode(req, url, authorization))
      writeTo(res, answer, req.method ?? 'GET')
      return role
    },
  }
}

function anonymousOf({ anonymousRole: role }: Settings): Caller | undefined {
  return role === undefined ? undefined : { role, claims: Object.freeze({ role }) }
}

/** What describes the API may be a function of the database's own. */
function withRootFunction(asked: ReadRequest, { mode, rootFunction }: OpenApiSettings): ReadRequest {
  const { request, shape } = asked
  if (request.action !== 'describe' || rootFunction === undefined || mode === 'disabled') return asked
  return { request: { ...request, action: 'call', target: { kind: 'function', name: rootFunction } }, shape }
}
