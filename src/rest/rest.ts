import type { Caller, CallerPool, CatalogWatch } from '#database'
import type { Observe } from '#observe'
import {
  bodyTooLarge,
  fromDatabase,
  notImplemented,
  openApiDisabled,
  type RestError,
  urlTooLong,
} from './errors/index.ts'
import { buildModel, type Model } from './model/index.ts'
import { allowedMethods } from './options.ts'
import { createPreparer } from './prepare.ts'
import { parseRequest, type RawRequest } from './request/index.ts'
import { contentHeaders, type RestAnswer, respond } from './respond/index.ts'
import { runPlan } from './run.ts'
import { type ApiSettings, type Settings, settingsOf } from './settings.ts'

export interface RestOptions {
  readonly api: ApiSettings
  readonly callers: CallerPool
  readonly catalog: CatalogWatch
  /** Whom a token stands for. */
  readonly verify: (token: string) => Promise<Caller>
  readonly observe: Observe
}

/** What holds until the database changes. */
interface State {
  readonly version: string
  readonly model: Model
  readonly settings: Settings
  readonly prepare: ReturnType<typeof createPreparer>
}

/** The Data API: what PostgREST answers, in this process. */
export interface Rest {
  fetch(request: Request): Promise<Response>
  close(): Promise<void>
}

/** Bytes of a body, and of the URL after the mount. */
const maxBody = 10 * 1024 * 1024
const maxUrl = 64 * 1024

export function createRest(options: RestOptions): Rest {
  const { api, callers, catalog, verify, observe } = options
  let current: State | undefined

  function state() {
    const { version } = catalog.current
    if (current?.version !== version) {
      const model = buildModel(catalog.current)
      const settings = settingsOf(api, catalog.current)
      current = { version, model, settings, prepare: createPreparer(model, settings) }
    }
    return current
  }

  async function answer(raw: RawRequest, caller: Caller): Promise<RestAnswer> {
    const { model, settings, prepare } = state()
    const request = parseRequest(raw, {
      schemas: settings.schemas,
      mayEndTransaction: settings.transactionEnd.mayChoose,
    })
    if (request.action === 'options') {
      return { status: 200, headers: { allow: allowedMethods(model, request) }, body: null }
    }
    if (request.action === 'describe') {
      if (settings.openApi === 'disabled') throw openApiDisabled()
      throw notImplemented('The OpenAPI document of the Data API is not generated.')
    }
    const { plan, compiled } = prepare(request)
    const requestInfo = { method: raw.method, path: raw.path, headers: headersOf(raw) }
    const result = await runPlan({ callers, caller, requestInfo, settings }, request, plan, compiled)
    if (plan.answer.explain) {
      return { status: 200, headers: contentHeaders(plan.answer.media, request), body: result.body }
    }
    return respond(request, plan, result)
  }

  return {
    async fetch(incoming) {
      let authenticated = false
      try {
        const token = /^Bearer\s+(\S+)\s*$/i.exec(incoming.headers.get('authorization') ?? '')?.[1]
        const caller: Caller = token === undefined ? anonymous : await verify(token)
        authenticated = caller.role !== anonymous.role
        const url = new URL(incoming.url)
        if (url.search.length > maxUrl) throw urlTooLong()
        const raw = {
          method: incoming.method,
          path: url.pathname,
          search: url.search.slice(1),
          headers: incoming.headers,
          body: await readBody(incoming),
        }
        return toResponse(await answer(raw, caller), incoming.method)
      } catch (error) {
        const refused = fromDatabase(error, authenticated)
        if (refused.code === 'PGRSTX00')
          observe({ kind: 'message', level: 'error', text: 'a Data API request failed', error })
        return toResponse(refusal(refused), incoming.method)
      }
    },
    async close() {},
  }
}

const anonymous: Caller = { role: 'anon', claims: { role: 'anon' } }

function headersOf(raw: RawRequest): Record<string, string> {
  const headers = raw.headers as Headers
  return Object.fromEntries([...headers].filter(([name]) => name !== 'cookie'))
}

async function readBody(request: Request): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBody) throw bodyTooLarge()
  if (!request.body) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > maxBody) throw bodyTooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function refusal(error: RestError): RestAnswer {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'proxy-status': `PostgREST; error=${error.code}`,
    ...error.headers,
  }
  return { status: error.status, headers, body: JSON.stringify(error.body) }
}

function toResponse({ status, headers, body }: RestAnswer, method: string): Response {
  const empty = body === null || method === 'HEAD' || status === 204 || status === 304
  return new Response(empty ? null : body, { status, headers })
}
