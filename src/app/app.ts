import { rm } from 'node:fs/promises'
import pg from 'pg'
import type { Config } from '#config'
import { createCallerPool, type HolderFacts, holdDataFolder, watchCatalog } from '#database'
import type { PorticoError } from '#errors'
import { createGateway, type Gateway } from '#gateway'
import { createDispatch, createHttpServer } from '#http'
import { createMetrics, type Observe, observeAll, silent } from '#observe'
import { attachmentFact } from './attachment.ts'
import { buildDatabase, openDatabase } from './database.ts'
import { embeddedServices } from './embedded-services.ts'
import { factsOf } from './facts.ts'
import { managedServices } from './managed-services.ts'
import { timed } from './phases.ts'

export interface AppOptions {
  readonly observe?: Observe
}

/** A running backend. */
export interface App {
  readonly config: Config
  /** Where it answers: `http://127.0.0.1:54321`. */
  readonly url: string
  /** Where clients of Postgres log in; undefined in managed mode. */
  readonly databaseUrl: string | undefined
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
export async function createApp(config: Config, options: AppOptions = {}): Promise<App> {
  const metrics = createMetrics()
  const observe = observeAll(options.observe ?? silent, metrics.observe)
  await using started = new AsyncDisposableStack()

  if (config.ephemeral) started.defer(() => rm(config.dataFolder, { recursive: true, force: true }))
  // Held first and released last. A managed gateway keeps nothing on disk, so any number may share a folder.
  const folder = config.managed ? undefined : started.adopt(holdDataFolder(config.dataFolder), (held) => held.release())
  const database = started.adopt(await openDatabase(config, folder, observe), (database) => database.close())
  const { connections, prepared } = database
  if (!config.managed) await buildDatabase(config, database, observe)

  const callers = started.adopt(await createCallerPool({ connections, observe, prepared }), (pool) => pool.close())
  const schemas = config.api.schemas.filter((name) => name !== 'graphql_public')
  const catalog = started.adopt(
    await timed(observe, 'catalogue', () =>
      watchCatalog({ connections, observe, schemas, pollEvery: database.url === undefined ? 1000 : 5000 }),
    ),
    (watch) => watch.close(),
  )

  let url = config.http.externalUrl
  const services = started.adopt(
    config.managed
      ? managedServices(config, config.managed)
      : await embeddedServices({
          config,
          connections,
          callers,
          databaseUrl: database.url ?? '',
          baseUrl: () => url,
          observe,
        }),
    (services) => services.close(),
  )
  const { access, keys, verify } = services
  const { mode, project } = config
  const gateway = await createGateway({
    mode,
    callers,
    catalog,
    services: access,
    schemaFolder: project.schema,
    observe,
  })

  const probe = new pg.Pool({ ...connections.for('authenticator'), max: 1, connectionTimeoutMillis: 2000 })
  probe.on('error', () => {})
  started.defer(() => probe.end())

  const server = started.adopt(
    await createHttpServer({
      host: config.http.host,
      port: config.http.port,
      graphql: gateway,
      dispatch: createDispatch({ services: services.mounted, keys }),
      ...(services.passThrough && { passThrough: services.passThrough }),
      keys,
      verify,
      ready: async () => (await probe.query('select 1')).rowCount === 1,
      metrics,
      openMetrics: mode === 'development',
      observe,
    }),
    (server) => server.close(),
  )
  if (config.http.port === 0) url = withPort(url, server.port)
  await timed(observe, 'schema', () => gateway.printSchema('anon'))
  void services.warm().catch((error) => observe({ kind: 'message', level: 'warn', text: 'warming up failed', error }))

  const facts = factsOf(config, url, database.url)
  folder?.publish({ ...facts, ...attachmentFact(config, connections) })
  const all = started.move()
  const close = () => all.disposeAsync()
  return { config, url, databaseUrl: database.url, gateway, facts, failed: database.failed, close }
}

function withPort(url: string, port: number): string {
  const { protocol, hostname } = new URL(url)
  return `${protocol}//${hostname}:${port}`
}
