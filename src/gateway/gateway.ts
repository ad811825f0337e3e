import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { lexicographicSortSchema, parse, printSchema } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { GraphqlConfig } from '#config'
import type { Caller, CallerPool, CatalogWatch } from '#database'
import { type Observe, traced } from '#observe'
import { type ComposedService, composedFields, createSupabaseFor, type ServicesAccess } from './compose/index.ts'
import { type RequestContext, type ResolverContext, resolverContext } from './context.ts'
import { graphiqlOptions, renderGraphiql } from './graphiql.ts'
import {
  type Uploaded,
  useFindDocument,
  useIntrospectionSwitch,
  useLenientVariables,
  useLimits,
  useNoSuggestions,
  usePackedPage,
  useQueryString,
  useUploads,
} from './plugins/index.ts'
import { projectMistake } from './project-mistake.ts'
import { loadProjectSchema } from './project-schema.ts'
import { createFindDocument, readMultipart, readTrustedDocuments } from './requests/index.ts'
import {
  createCoerce,
  createDocuments,
  createExecutor,
  createLane,
  createParseErrors,
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
  readonly observe: Observe
}

export interface Gateway {
  handle(req: LaneRequest, res: ServerResponse, context: RequestContext): Promise<void>
  /** The same through the Fetch API, for whoever is in this process. */
  fetch(request: Request, context: RequestContext): Promise<Response>
  /** The SQL that an operation runs as, in order; what is answered by code is not in it. */
  explain(role: string, document: string, variables?: Readonly<Record<string, unknown>>): Promise<readonly string[]>
  /** The API that a role sees, as SDL. */
  printSchema(role: string): Promise<string>
}

const graphqlPath = '/graphql/v1'

export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { mode, callers, catalog, settings, schemaFolder, observe } = options
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
  const lane = createLane({ executor, documents, findDocument, contextOf, tell, cacheMaxAge })
  catalog.onChange(() => callers.refreshRoleSettings())

  /** In development an edited file of the schema folder is live with the next request. */
  async function followEdits(): Promise<void> {
    const next = await loadProjectSchema(schemaFolder)
    if (next.fingerprint === project.fingerprint) return
    project = next
    schemas.reset()
  }

  const engine: Plugin<RequestContext & ResolverContext> = {
    onParse: ({ setParseFn }) =>
      setParseFn((source: Parameters<typeof parse>[0], given: object) =>
        parse(source, { ...given, maxTokens: settings.maxTokens }),
      ),
    onExecute({ args, setExecuteFn }) {
      lane.learn(args.schema, args.document)
      setExecuteFn(executor.execute as never)
    },
  }
  const yoga = createYoga<RequestContext & Uploaded, ResolverContext>({
    graphqlEndpoint: graphqlPath,
    schema: ({ caller }) => schemas.of(caller.role),
    context: contextOf,
    plugins: [
      ...(mode === 'development' ? [usePackedPage()] : []),
      useQueryString(),
      useUploads(),
      useFindDocument(findDocument),
      useLenientVariables(),
      useLimits(settings),
      engine,
      useIntrospectionSwitch(),
      ...(settings.introspection ? [] : [useNoSuggestions()]),
    ],
    parserAndValidationCache: { documentCache: documents, errorCache: createParseErrors() },
    maskedErrors: { maskError: tell },
    graphiql:
      mode === 'development' &&
      (async (_request, context) =>
        graphiqlOptions(options.services.publishableKey, await schemas.of((context as RequestContext).caller.role))),
    renderGraphiQL: renderGraphiql,
    landingPage: false,
    // The HTTP door answers CORS and bounds bodies for every service alike.
    cors: false,
    extraParamNames: ['documentId'],
    batching: { limit: settings.maxBatch },
    // Read before the pipeline begins, into files.
    multipart: false,
    maxRequestBodySize: false,
    healthCheckEndpoint: '/graphql/v1/health',
    logging: false,
  })

  return {
    handle: (req, res, context) =>
      traced('graphql', { kind: 'server', attributes: { 'portico.role': context.caller.role } }, async () => {
        if (mode === 'development') await followEdits()
        const { 'content-type': type = '' } = req.headers
        if (req.method === 'POST' && isMultipart(type)) {
          await using upload = await readMultipart(req, type, settings)
          return void (await yoga(req, res, { ...context, uploaded: upload.params }))
        }
        const schema = await schemas.of(context.caller.role)
        if (await lane.answer(req, res, schema, context)) return
        await yoga(req, res, context)
      }),
    async fetch(request, context) {
      if (mode === 'development') await followEdits()
      const type = request.headers.get('content-type') ?? ''
      if (request.method !== 'POST' || !request.body || !isMultipart(type)) return await yoga.fetch(request, context)
      await using upload = await readMultipart(Readable.fromWeb(request.body as never), type, settings)
      return await yoga.fetch(request, { ...context, uploaded: upload.params })
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
  }
}

function isMultipart(contentType: string): boolean {
  return /^multipart\/form-data(;|$)/i.test(contentType)
}
