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
import { createReader, type RawRequest, type RestRequest } from './request/index.ts'
import { contentHeaders, type RestAnswer, respond } from './respond/index.ts'
import { requestInfo, runPlan } from './run.ts'
import { type ApiSettings, type Settings, settingsOf } from './settings.ts'

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
      current = { version, model, settings, read, prepare: createPreparer(model, settings), documents }
    }
    return current
  }

  async function answer(raw: RawRequest, caller: Caller): Promise<RestAnswer> {
    const { model, settings, read, prepare } = state()
    const asked = read(raw)
    const { request } = asked
    if (request.action === 'options') {
      return { status: 200, headers: { allow: allowedMethods(model, request) }, body: null }
    }
    if (request.action === 'describe') return await describe(request, caller)
    const prepared = prepare(asked)
    const { plan } = prepared
    const result = await runPlan({ callers, caller, requestInfo: requestInfo(raw), settings }, request, prepared)
    if (plan.answer.explain) {
      return { status: 200, headers: contentHeaders(plan.answer.media, request), body: result.body }
    }
    return respond(request, plan, result)
  }

  /** What the caller can do here. @throws RestError PGRST126 where the database's configuration hides it, PGRST107 */
  async function describe(request: RestRequest, caller: Caller): Promise<RestAnswer> {
    const { model, settings, documents } = state()
    if (settings.openApi === 'disabled') throw openApiDisabled()
    const offered = request.accepts.some(({ kind }) => kind === 'openapi' || kind === 'json' || kind === 'any')
    if (!offered) throw noMediaType(request.accepts.map(({ text }) => text))
    const { schema } = request
    const key = `${schema}\0${caller.role}`
    let body = documents.get(key)
    if (body === undefined) {
      const follows = settings.openApi === 'follow-privileges'
      const privileges = follows ? await catalog.privileges(caller.role) : undefined
      body = JSON.stringify(openApiDocument({ model, schema, privileges, url: new URL(options.url()) }))
      documents.set(key, body)
    }
    const type = { kind: 'openapi', text: 'application/openapi+json' } as const
    return { status: 200, headers: contentHeaders(type, request), body }
  }

  async function serve(incoming: Incoming): Promise<{ answer: RestAnswer; role?: string }> {
    let caller: Caller | undefined
    try {
      caller = await callerOf(incoming.headers.authorization, verify)
      const { method, url, headers } = incoming
      const query = url.indexOf('?')
      const [path, search] = query < 0 ? [url, ''] : [url.slice(0, query), url.slice(query + 1)]
      if (search.length > maxQuery) throw urlTooLong()
      const raw = { method, path, search, headers, body: await readBody(incoming) }
      return { answer: await answer(raw, caller), role: caller.role }
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
