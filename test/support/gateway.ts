import { type GraphqlConfig, graphqlDefaults } from '#config'
import { type CallerPool, type CatalogWatch, type Claims, createCallerPool, watchCatalog } from '#database'
import { createGateway, type Gateway, type GatewayOptions } from '#gateway'
import { type Observe, silent } from '#observe'
import type { UsedDatabase } from './database.ts'
import { useFixture } from './fixture.ts'
import { serveOnLoopback } from './loopback-server.ts'

export interface Asked {
  readonly role?: string
  readonly claims?: Claims
  readonly variables?: Readonly<Record<string, unknown>>
}

export interface Answered {
  readonly status: number
  readonly data?: Readonly<Record<string, unknown>> | null
  readonly errors?: readonly { readonly message: string; readonly extensions?: Readonly<Record<string, unknown>> }[]
}

export interface TestGateway {
  readonly gateway: Gateway
  readonly callers: CallerPool
  graphql(document: string, asked?: Asked): Promise<Answered>
  /** The same over real HTTP, as the server hands requests to the gateway: through the fast lane where it serves. */
  overHttp(document: string, asked?: Asked): Promise<Answered>
  /** The first event of a stream of them, over real HTTP. */
  firstEvent(document: string, asked?: Asked): Promise<Answered>
  /** Waits until the schema is what the database holds. */
  refresh(): Promise<void>
  /** Waits until the gateway has found a change of the database by itself. */
  changed(): Promise<void>
  close(): Promise<void>
}

export interface TestGatewayOptions {
  readonly mode?: 'development' | 'production'
  readonly settings?: Partial<GraphqlConfig>
  readonly schemas?: readonly string[]
  readonly schemaFolder?: string
  readonly services?: typeof fetch
  readonly prepared?: boolean
  /** How often the gateway looks for changes that nobody told it of, in milliseconds; in effect never unless given. */
  readonly pollEvery?: number
  /** False where nobody tells it, as behind a pooler. */
  readonly listens?: boolean
  readonly observe?: Observe
  /** Compile for this version of Postgres instead of the one that is there. */
  readonly serverVersion?: number
  readonly composed?: GatewayOptions['composed']
  readonly changes?: GatewayOptions['changes']
  /** Wraps what tells the gateway of the catalogue. */
  readonly wrapCatalog?: (catalog: CatalogWatch) => CatalogWatch
  /** Wraps what the gateway asks the database through. */
  readonly wrap?: (callers: CallerPool) => CallerPool
}

/** A gateway over a test database; its services are unreachable unless a `fetch` is given. */
export async function createTestGateway(
  database: UsedDatabase,
  options: TestGatewayOptions = {},
): Promise<TestGateway> {
  const { mode = 'development', schemas = ['public'], schemaFolder = '/nonexistent', prepared = true } = options
  const { pollEvery = 3_600_000, listens = true, wrap = (pool) => pool, wrapCatalog = (watch) => watch } = options
  const { connections } = database
  const observe = options.observe ?? silent
  const callers = await createCallerPool({ connections, observe, prepared })
  const watched = await watchCatalog({ connections, observe, schemas, pollEvery, listens })
  const catalog = options.serverVersion === undefined ? watched : ofVersion(watched, options.serverVersion)
  const unreachable: typeof fetch = () => Promise.reject(new TypeError('no services in this test'))
  const services = {
    url: 'http://portico.test',
    publishableKey: 'anon',
    secretKey: 'secret',
    fetch: options.services ?? unreachable,
  }
  const settings = { ...graphqlDefaults, introspection: mode === 'development', ...options.settings }
  const gateway = await createGateway({
    mode,
    settings,
    callers: wrap(callers),
    catalog: wrapCatalog(catalog),
    services,
    schemaFolder,
    observe,
    ...(options.composed && { composed: options.composed }),
    changes: options.changes,
  })

  const requestInfo = { method: 'POST', path: '/graphql/v1', headers: {} }
  const callerOf = ({ role = 'authenticated', claims = {} }: Asked) => ({ role, claims: { role, ...claims } })
  const body = (query: string, { variables = {} }: Asked) => JSON.stringify({ query, variables })

  async function served(
    document: string,
    asked: Asked,
    accept: string,
    read: (response: Response) => Promise<Omit<Answered, 'status'>>,
  ): Promise<Answered> {
    await using server = await serveOnLoopback(async (req, res) => {
      Object.assign(req, { body: Buffer.concat(await req.toArray()) })
      await gateway.handle(req, res, { caller: callerOf(asked), requestInfo })
    })
    const response = await fetch(`${server.url}/graphql/v1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: body(document, asked),
    })
    return { status: response.status, ...(await read(response)) }
  }

  return {
    gateway,
    callers,
    overHttp: (document, asked = {}) =>
      served(document, asked, 'application/json', (response) => response.json() as Promise<Omit<Answered, 'status'>>),
    firstEvent: (document, asked = {}) => served(document, asked, 'text/event-stream', readEvent),
    async graphql(document, asked = {}) {
      const request = new Request('http://portico.test/graphql/v1', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: body(document, asked),
      })
      const response = await gateway.fetch(request, { caller: callerOf(asked), requestInfo })
      return { status: response.status, ...((await response.json()) as Omit<Answered, 'status'>) }
    },
    refresh: () => catalog.refresh(),
    async changed() {
      await new Promise<void>((resolve) => catalog.onChange(() => resolve()))
      // It is taken over when all have heard of it.
      await catalog.refresh()
    },
    async close() {
      await gateway.close()
      await catalog.close()
      await callers.close()
    },
  }
}

/** What a test asks of a gateway that somebody else closes. */
export type UsedGateway = Omit<TestGateway, 'close'>

/**
 * The same for all tests of a file, or of a `describe`: made before the first one and closed behind the last one.
 *
 * @example
 * const database = useDatabase('create table note (id int primary key)')
 * const app = useGateway(database)
 */
export function useGateway(database: UsedDatabase, options?: TestGatewayOptions): UsedGateway {
  return useFixture(() => createTestGateway(database, options))
}

function ofVersion(catalog: CatalogWatch, serverVersion: number): CatalogWatch {
  return {
    ...catalog,
    get current() {
      return { ...catalog.current, serverVersion }
    },
  }
}

async function readEvent(response: Response): Promise<Omit<Answered, 'status'>> {
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk as Uint8Array).toString('latin1')
    const [, data] = /^data: (.*)$/m.exec(text) ?? []
    if (data && text.endsWith('\n\n')) return JSON.parse(Buffer.from(data, 'latin1').toString())
  }
  throw new Error(`no event: ${text}`)
}
