import { type CallerPool, type Claims, createCallerPool, watchCatalog } from '#database'
import { createGateway, type Gateway } from '#gateway'
import { type Observe, silent } from '#observe'
import type { TestDatabase } from './database.ts'

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
  /** Waits until the schema is what the database holds. */
  refresh(): Promise<void>
  close(): Promise<void>
}

export interface TestGatewayOptions {
  readonly mode?: 'development' | 'production'
  readonly schemas?: readonly string[]
  readonly schemaFolder?: string
  readonly services?: typeof fetch
  readonly prepared?: boolean
  readonly observe?: Observe
}

/** A gateway over a test database; its services are unreachable unless a `fetch` is given. */
export async function createTestGateway(
  database: TestDatabase,
  options: TestGatewayOptions = {},
): Promise<TestGateway> {
  const { mode = 'development', schemas = ['public'], schemaFolder = '/nonexistent', prepared = true } = options
  const { connections } = database
  const observe = options.observe ?? silent
  const callers = await createCallerPool({ connections, observe, prepared })
  const catalog = await watchCatalog({ connections, observe, schemas, pollEvery: 60_000 })
  const unreachable: typeof fetch = () => Promise.reject(new TypeError('no services in this test'))
  const services = {
    url: 'http://portico.test',
    publishableKey: 'anon',
    secretKey: 'secret',
    fetch: options.services ?? unreachable,
  }
  const gateway = await createGateway({ mode, callers, catalog, services, schemaFolder, observe })

  return {
    gateway,
    callers,
    async graphql(query, { role = 'authenticated', claims = {}, variables = {} } = {}) {
      const request = new Request('http://portico.test/graphql/v1', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      })
      const caller = { role, claims: { role, ...claims } }
      const response = await gateway.fetch(request, {
        caller,
        requestInfo: { method: 'POST', path: '/graphql/v1', headers: {} },
      })
      return { status: response.status, ...((await response.json()) as Omit<Answered, 'status'>) }
    },
    refresh: () => catalog.refresh(),
    async close() {
      await catalog.close()
      await callers.close()
    },
  }
}
