import { rm } from 'node:fs/promises'
import pg from 'pg'
import { type Config, listeningOn } from '#config'
import { createCallerPool, type HolderFacts, holdDataFolder, openListener, watchCatalog } from '#database'
import type { PorticoError } from '#errors'
import type { Gateway } from '#gateway'
import { createDispatch, createRateLimit, createRoutes, openHttpServer } from '#http'
import { createMetrics, type Observe, observeAll, silent } from '#observe'
import { attachmentFact } from './attachment.ts'
import { composedServices } from './composed-services.ts'
import { buildDatabase, openDatabase } from './database.ts'
import { exposedSchemas } from './exposed-schemas.ts'
import { factsOf, newOperatorKey } from './facts.ts'
import { frontPageOf } from './front-page.ts'
import { liveMeasures, realtimeMeasures } from './measures.ts'
import { roomForClients } from './open-files.ts'
import { timed, unlessAborted } from './phases.ts'
import { loadRooms } from './rooms.ts'

/** What {@link createApp} is given besides the configuration. */
export interface AppOptions {
  /** Told of everything that happens: starts, requests, invocations, errors. Nobody is unless this is given. */
  readonly observe?: Observe
  /** Aborted while it starts, what was started so far is stopped, and its reason thrown. */
  readonly signal?: AbortSignal
  /** Milliseconds that requests in flight have once it is closed. */
  readonly grace?: number
}

/** A running backend. */
export interface App {
  /** As it was given, with the port that was taken where any was to be. */
  readonly config: Config
  /** Where it answers: `http://127.0.0.1:54321`. */
  readonly url: string
  /** Where clients of Postgres log in; undefined in managed mode. */
  readonly databaseUrl: string | undefined
  /** GraphQL without HTTP, and the SDL that a role sees. */
  readonly gateway: Gateway
  /** URLs and keys by the names of `supabase status`. */
  readonly facts: HolderFacts
  /** Resolves with the reason when the backend cannot go on by itself: Postgres died and would not start again. */
  readonly failed: Promise<PorticoError>
  /** Stops taking requests, finishes what is in flight, and stops everything that was started. */
  close(): Promise<void>
}

/**
 * Starts the whole backend that a configuration describes: database, services, gateway, HTTP. Whatever was started is
 * stopped again if a later step fails.
 *
 * @example
 * const app = await createApp(await loadConfig({ project: '.', env: process.env }))
 * await app.close()
 */
export async function createApp(given: Config, options: AppOptions = {}): Promise<App> {
  const { signal = new AbortController().signal, grace = 4_000 } = options
  const metrics = createMetrics()
  const observe = observeAll(options.observe ?? silent, metrics.observe)
  await using started = new AsyncDisposableStack()

  if (given.ephemeral) started.defer(() => rm(given.dataFolder, { recursive: true, force: true }))
  // Held first and released last. A managed gateway keeps nothing on disk, so any number may share a folder.
  const folder = given.managed ? undefined : started.adopt(holdDataFolder(given.dataFolder), (held) => held.release())
  const { host, port } = given.http
  const size = poolSizeOf(given)
  const server = await openHttpServer({ host, port, room: roomForClients(given, size ?? 0, observe), observe })
  const stopListening = started.adopt(server, (server) => server.close())
  const config = port === 0 ? listeningOn(given, server.port) : given
  const url = config.http.externalUrl

  // The larger rooms load while other processes make or start the database: loading leaves this one no time for else.
  const meanwhile = () => void loadRooms().catch(() => {})
  const opening = openDatabase(config, folder, observe, { meanwhile })
  const database = started.adopt(await opening, (database) => database.close())
  const { connections, prepared } = database
  // What is under way fails when its database stops; migrations may take minutes.
  if (!config.managed) await unlessAborted(signal, buildDatabase(config, database, observe))

  const pooling = { connections, observe, prepared, ...(size !== undefined && { size }) }
  const callers = started.adopt(await createCallerPool(pooling), (pool) => pool.close())
  const listener = prepared
    ? started.adopt(await openListener(connections.for('authenticator')), (listener) => listener.close())
    : undefined
  const heard = { listens: prepared, ...(listener && { listener }) }
  const restSchemas = config.managed || !config.api.enabled ? undefined : config.api.schemas
  const watching = { connections, observe, schemas: exposedSchemas(config), restSchemas, ...heard }
  const catalog = started.adopt(await timed(observe, 'catalogue', () => watchCatalog(watching)), (watch) =>
    watch.close(),
  )

  const { createGateway, embeddedServices, managedServices } = await loadRooms()
  signal.throwIfAborted()
  const count = createRateLimit(config.api.rateLimit)
  const services = started.adopt(
    config.managed
      ? managedServices(config, config.managed, callers, observe)
      : await embeddedServices({ config, database, callers, catalog, listener, count, observe }),
    (services) => services.close(),
  )
  const { access, keys, verify, passThrough } = services
  const schemaFolder = config.project.schema
  const gateway = await createGateway({
    mode: config.mode,
    settings: config.graphql,
    callers,
    catalog,
    services: access,
    composed: composedServices(config),
    schemaFolder,
    changes: services.changes,
    count,
    observe,
  })
  metrics.watch(liveMeasures, () => gateway.readings())
  metrics.watch(realtimeMeasures, () => services.realtimeReadings())
  await Promise.all([services.prepare(), timed(observe, 'schema', () => gateway.printSchema('anon'))])
  signal.throwIfAborted()

  const hurried = { max: 1, connectionTimeoutMillis: 2000, query_timeout: 2000 }
  const probe = new pg.Pool({ ...connections.for('authenticator'), ...hurried })
  probe.on('error', () => {})
  started.defer(() => probe.end())

  const operator = services.operator && { key: config.operatorKey ?? newOperatorKey(), handle: services.operator }
  const operatorFact = operator ? { OPERATOR_KEY: operator.key } : {}
  const facts = { ...factsOf(config, url, database.url), ...services.facts, ...operatorFact }
  server.serve(
    createRoutes({
      graphql: gateway,
      maxOperationSize: config.graphql.maxBodySize,
      dispatch: createDispatch({ services: services.mounted, keys }),
      ...(passThrough && { passThrough, count }),
      ...(services.functions && { functions: services.functions }),
      ...(services.rest && { rest: services.rest }),
      ...(services.realtime && { realtime: services.realtime }),
      ...(operator && { operator }),
      keys,
      verify,
      ready: async () => (await probe.query('select 1')).rowCount === 1 && (await services.ready()),
      metrics,
      trustedProxies: config.http.trustedProxies,
      openMetrics: config.mode === 'development',
      frontPage: frontPageOf(config, facts),
    }),
  )
  void services.warm().catch((error) => observe({ kind: 'message', level: 'warn', text: 'warming up failed', error }))

  folder?.publish({ ...facts, ...attachmentFact(config, connections), grace: String(grace) })
  const all = started.move()
  return {
    config,
    url,
    databaseUrl: database.url,
    gateway,
    facts,
    failed: database.failed,
    async close() {
      // Streams have no end to wait for.
      await gateway.close()
      // What is in flight still needs everything else.
      await stopListening.close(grace)
      await all.disposeAsync()
    },
  }
}

/** Nobody shares the embedded server: changes that wait for the disk together cost a third less. */
function poolSizeOf({ poolSize, database }: Config): number | undefined {
  return poolSize ?? (database.kind === 'embedded' ? 16 : undefined)
}
