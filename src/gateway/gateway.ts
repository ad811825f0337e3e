import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { lexicographicSortSchema, parse, printSchema } from 'graphql'
import type { GraphqlConfig } from '#config'
import type { Caller, CallerPool, CatalogWatch } from '#database'
import { type Observe, traced } from '#observe'
import { type ComposedService, composedFields, createSupabaseFor, type ServicesAccess } from './compose/index.ts'
import { type RequestContext, resolverContext } from './context.ts'
import type { ChangeSource, Live, LiveReadings, Visitor } from './live/index.ts'
import { createPipeline } from './pipeline.ts'
import { projectMistake } from './project-mistake.ts'
import { loadProjectSchema } from './project-schema.ts'
import {
  createFindDocument,
  operationsIn,
  operationsOf,
  readMultipart,
  readTrustedDocuments,
} from './requests/index.ts'
import {
  createCoerce,
  createDocuments,
  createExecutor,
  createLane,
  createPreparer,
  createTellError,
  type LaneRequest,
} from './run/index.ts'
import { reservedNames } from './schema/index.ts'
import { createSchemas } from './schemas.ts'

export interface GatewayOptions {
  readonly mode: 'development' | 'production'
  readonly callers: CallerPool
  readonly catalog: CatalogWatch
  readonly services: ServicesAccess
  readonly settings: GraphqlConfig
  /** The services whose fields are part of the API; all unless said otherwise. */
  readonly composed?: readonly ComposedService[]
  /** The folder of the project's own `schema/*.ts`. */
  readonly schemaFolder: string
  /** Where subscriptions hear of changes; without it none of a table can be had. */
  readonly changes?: ChangeSource | undefined
  /** Counts operations, and refuses those that are too many. */
  readonly count?: ((caller: Caller, address: string | undefined, operations?: number) => Promise<void>) | undefined
  readonly observe: Observe
}

export interface Gateway {
  handle(req: LaneRequest, res: ServerResponse, context: RequestContext): Promise<void>
  /** The same through the Fetch API, for whoever is in this process. */
  fetch(request: Request, context: RequestContext): Promise<Response>
  /** Speaks GraphQL over a WebSocket. */
  upgrade(req: IncomingMessage, socket: Socket, head: Buffer, visitor: Visitor): void
  /** The SQL that an operation runs as, in order; what is answered by code is not in it. */
  explain(role: string, document: string, variables?: Readonly<Record<string, unknown>>): Promise<readonly string[]>
  /** The API that a role sees, as SDL. */
  printSchema(role: string): Promise<string>
  /** Ends all subscriptions, whose clients are to ask again. */
  /** Undefined before there is a subscription. */
  readings(): LiveReadings | undefined
  close(): Promise<void>
}

export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { mode, callers, catalog, settings, schemaFolder, count, observe } = options
  const supabaseFor = createSupabaseFor(options.services)
  const services = composedFields(options.composed)
  let project = await loadProjectSchema(schemaFolder)
  const schemas = createSchemas({
    catalog,
    extensions: () => [...services, ...project.extensions],
    reserved: reservedNames(services, settings),
    introspects: settings.introspection,
    schema: settings,
    mistake: (error) => projectMistake(error, schemaFolder),
    observe,
  })
  const prepare = createPreparer(catalog.current.serverVersion, settings)
  const coerce = createCoerce()
  const tell = createTellError(mode, catalog, observe)
  const documents = createDocuments()
  const suggestions = settings.introspection
  const explains = ({ role }: Caller) => mode === 'development' && role === 'service_role'
  const executor = createExecutor({ callers, coerce, prepare, suggestions, tell, explains })
  const contextOf = (request: RequestContext) => resolverContext(request, supabaseFor)
  const { trustedDocuments, persistedQueries, cacheMaxAge } = settings
  const findDocument = createFindDocument({
    trusted: trustedDocuments === undefined ? undefined : await readTrustedDocuments(trustedDocuments),
    trustedOnly: trustedDocuments !== undefined && mode === 'production',
    automatic: persistedQueries,
  })
  const { publishableKey } = options.services
  const pipeline = createPipeline({
    ...{ mode, settings, publishableKey, executor, documents, findDocument, contextOf, tell },
  })
  const lane = createLane({
    ...{ executor, documents, findDocument, contextOf, tell, cacheMaxAge },
    admit: (schema, text) => pipeline.open(schema, text).document,
  })
  catalog.onChange(() => callers.refreshRoleSettings())

  /** In development an edited file of the schema folder is live with the next request. */
  async function followEdits(): Promise<void> {
    const next = await loadProjectSchema(schemaFolder)
    if (next.fingerprint === project.fingerprint) return
    project = next
    schemas.reset()
  }

  /** Nobody pays for subscriptions who has none. */
  let live: Promise<Live> | undefined
  let started: Live | undefined
  function startLive(): Promise<Live> {
    live ??= import('./live/index.ts').then(({ createLive }) =>
      createLive({
        ...{ catalog, settings, coerce, prepare, findDocument, contextOf, tell, observe, changes: options.changes },
        count: async ({ caller, requestInfo }) => await count?.(caller, requestInfo.address),
        executor: createExecutor({ callers, coerce, prepare, suggestions, tell, explains: () => false }),
        schemaOf: (role) => schemas.of(role),
        open(schema, text) {
          const opened = pipeline.open(schema, text)
          if (opened.document) documents.keep(opened.document)
          return opened
        },
      }),
    )
    live.then(
      (one) => {
        started = one
      },
      () => {},
    )
    return live
  }

  return {
    handle: (req, res, context) =>
      traced('graphql', { kind: 'server', attributes: { 'portico.role': context.caller.role } }, async () => {
        if (mode === 'development') await followEdits()
        const { address } = context.requestInfo
        if (count) await count(context.caller, address, operationsIn(req, settings.maxBatch))
        const schema = await schemas.of(context.caller.role)
        const { 'content-type': type = '' } = req.headers
        if (req.method === 'POST' && isMultipart(type)) {
          await using upload = await readMultipart(req, type, settings)
          // One is counted by now, before its files are taken in.
          const further = operationsOf(upload.params, settings.maxBatch) - 1
          if (further > 0) await count?.(context.caller, address, further)
          return await pipeline.handle(req, res, { ...context, schema, uploaded: upload.params })
        }
        if (await lane.answer(req, res, schema, context)) return
        if (req.headers.accept?.includes('text/event-stream')) {
          const { eventStreams } = await startLive()
          if (await eventStreams.answer(req, res, schema, context)) return
        }
        await pipeline.handle(req, res, { ...context, schema })
      }),
    async fetch(request, context) {
      if (mode === 'development') await followEdits()
      const schema = await schemas.of(context.caller.role)
      const type = request.headers.get('content-type') ?? ''
      if (request.method !== 'POST' || !request.body || !isMultipart(type)) {
        return await pipeline.fetch(request, { ...context, schema })
      }
      await using upload = await readMultipart(Readable.fromWeb(request.body as never), type, settings)
      return await pipeline.fetch(request, { ...context, schema, uploaded: upload.params })
    },
    upgrade(req, socket, head, visitor) {
      ;(mode === 'development' ? followEdits() : Promise.resolve())
        .then(startLive)
        .then((live) => live.webSockets())
        .then((webSockets) => webSockets.accept(req, socket, head, visitor))
        .catch((error: unknown) => {
          observe({ kind: 'message', level: 'error', text: 'a WebSocket failed', error })
          socket.destroy()
        })
    },
    async explain(role, document, variables = {}) {
      const [schema, parsed] = [await schemas.of(role), parse(document)]
      const { coerced = {}, errors } = coerce(schema, parsed, undefined, variables)
      if (errors?.[0]) throw errors[0]
      const prepared = prepare(schema, parsed, undefined, coerced)
      return prepared && prepared.keys.length > 0 ? prepared.statements.map(({ text }) => text) : []
    },
    async printSchema(role) {
      return `${printSchema(lexicographicSortSchema(await schemas.of(role)))}\n`
    },
    readings: () => started?.readings(),
    close: async () => await (await live)?.close(),
  }
}

function isMultipart(contentType: string): boolean {
  return /^multipart\/form-data(;|$)/i.test(contentType)
}
