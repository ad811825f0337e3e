import type { Config } from '#config'
import { createCallerPool, watchCatalog } from '#database'
import type { Observe } from '#observe'
import type { OpenDatabase } from './database.ts'
import { exposedSchemas } from './exposed-schemas.ts'

/** The API that a role sees, as SDL, without a server: what `printSchema` of the running gateway answers. */
export async function printSchema(
  config: Config,
  { connections, prepared }: OpenDatabase,
  role: string,
  observe: Observe,
): Promise<string> {
  const { createGateway } = await import('#gateway')
  await using opened = new AsyncDisposableStack()
  const callers = opened.adopt(await createCallerPool({ connections, observe, prepared }), (pool) => pool.close())
  const schemas = exposedSchemas(config)
  const catalog = opened.adopt(await watchCatalog({ connections, observe, schemas }), (watch) => watch.close())
  const services = {
    url: config.http.externalUrl,
    publishableKey: config.keys.publishableKey,
    secretKey: config.keys.secretKey,
    fetch: () => Promise.reject(new TypeError('the services do not run')),
  }
  const { mode, graphql: settings, project } = config
  const gateway = await createGateway({
    mode,
    settings,
    callers,
    catalog,
    services,
    schemaFolder: project.schema,
    observe,
  })
  return await gateway.printSchema(role)
}
