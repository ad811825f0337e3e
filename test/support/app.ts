import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { type App, createApp } from '#app'
import { type LoadOptions, loadConfig } from '#config'
import type { Observe } from '#observe'

export interface TestApp {
  readonly app: App
  /** A client as a mobile app makes it: the URL and the publishable key. */
  client(): SupabaseClient
  /** GraphQL over real HTTP, as whoever a client is signed in as. */
  graphql(document: string, variables?: object, as?: SupabaseClient): Promise<GraphqlAnswer>
  close(): Promise<void>
}

type Anything = ReturnType<typeof JSON.parse>

export interface GraphqlAnswer {
  readonly data?: Anything
  readonly errors?: { message: string; extensions?: Record<string, unknown> }[]
}

export interface TestAppOptions extends Partial<LoadOptions> {
  readonly observe?: Observe
  /** A project of the test's own, by path; this repository's where absent. */
  readonly files?: Readonly<Record<string, string>>
}

/** The whole backend on free ports in a data folder of its own, over real HTTP. */
export async function createTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { observe, files, ...load } = options
  const folder = mkdtempSync(join(tmpdir(), 'portico-app-'))
  const project = files ? join(folder, 'project') : process.cwd()
  for (const [path, content] of Object.entries(files ?? {})) {
    mkdirSync(dirname(join(project, path)), { recursive: true })
    writeFileSync(join(project, path), content)
  }
  const config = await loadConfig({ project, data: join(folder, 'data'), port: 0, dbPort: 0, env: {}, ...load })
  const app = await createApp(config, observe ? { observe } : {})
  const key = config.managed?.publishableKey ?? config.keys.publishableKey

  return {
    app,
    client: () => {
      const auth = { persistSession: false, autoRefreshToken: false }
      // A channel gives up after ten seconds otherwise.
      return createClient(app.url, key, { auth, realtime: { timeout: 60_000 } })
    },
    async graphql(query, variables = {}, as) {
      const session = (await as?.auth.getSession())?.data.session
      const response = await fetch(`${app.url}/graphql/v1`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          apikey: key,
          ...(session && { authorization: `Bearer ${session.access_token}` }),
        },
        body: JSON.stringify({ query, variables }),
      })
      return (await response.json()) as GraphqlAnswer
    },
    async close() {
      await app.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
