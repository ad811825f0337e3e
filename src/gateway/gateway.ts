import { lexicographicSortSchema, parse, printSchema } from 'graphql'
import type { GraphqlConfig } from '#config'
import type { Caller, CallerPool, CatalogWatch } from '#database'
import type { Observe } from '#observe'
import { type ComposedService, composedFields, createSupabaseFor, type ServicesAccess } from './compose/index.ts'
import { type RequestContext, resolverContext } from './context.ts'
import type { ChangeSource, LiveReadings } from './live/index.ts'
import { createLiveOnDemand } from './live-on-demand.ts'
import { createPipeline } from './pipeline.ts'
import { projectMistake } from './project-mistake.ts'
import { openProjectSchema } from './project-schema.ts'
import { createFindDocument, readTrustedDocuments } from './requests/index.ts'
import {
  createCoerce,
  createDocuments,
  createExecutor,
  createLane,
  createPreparer,
  createTellError,
} from './run/index.ts'
import { reservedNames } from './schema/index.ts'
import { createSchemas } from './schemas.ts'
import { createWaysIn, type WaysIn } from './ways-in.ts'

/** What the gateway needs of the rest. */
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

/** GraphQL for every caller. */
export interface Gateway extends WaysIn {
  /** The SQL that an operation runs as, in order; what is answered by code is not in it. */
  explain(role: string, document: string, variables?: Readonly<Record<string, unknown>>): Promise<readonly string[]>
  /** The API that a role sees, as SDL. */
  printSchema(role: string): Promise<string>
  /** How the subscriptions do; undefined before there is one. */
  readings(): LiveReadings | undefined
  /** Ends all subscriptions, whose clients are to ask again. */
  close(): Promise<void>
}

/**
 * Puts the gateway together: what each role sees ({@link createSchemas}), how an operation is run ({@link createExecutor}),
 * and who answers a request ({@link createWaysIn}).
 *
 * @throws PorticoError PROJECT_SCHEMA_INVALID where a file of `schemaFolder` cannot be loaded
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { mode, callers, catalog, settings, schemaFolder, count, observe } = options
  const supabaseFor = createSupabaseFor(options.services)
  const services = composedFields(options.composed)
  const project = await openProjectSchema(schemaFolder)
  const schemas = createSchemas({
    catalog,
    extensions: () => [...services, ...project.extensions()],
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

  const live = createLiveOnDemand({
    ...{ catalog, settings, coerce, prepare, findDocument, contextOf, tell, observe, changes: options.changes },
    count: async ({ caller, requestInfo }) => await count?.(caller, requestInfo.address),
    executor: createExecutor({ callers, coerce, prepare, suggestions, tell, explains: () => false }),
    schemaOf: schemas.of,
    open(schema, text) {
      const opened = pipeline.open(schema, text)
      if (opened.document) documents.keep(opened.document)
      return opened
    },
  })
  // In development an edited file of the schema folder is live with the next request.
  const followEdits = async () => {
    if (await project.hasChanged()) schemas.reset()
  }

  return {
    ...createWaysIn({
      ...{ settings, lane, pipeline, live, schemaOf: schemas.of, count, observe },
      followEdits: mode === 'development' ? followEdits : undefined,
    }),
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
    readings: live.readings,
    close: live.close,
  }
}
