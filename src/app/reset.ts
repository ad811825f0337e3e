import type { Config } from '#config'
import { createCallerPool, resetDatabase } from '#database'
import { PorticoError } from '#errors'
import type { Observe } from '#observe'
import { buildDatabase, type OpenDatabase } from './database.ts'
import { timed } from './phases.ts'

/**
 * Throws the project's data away and builds the database anew: baseline, roles, migrations, seed, buckets. A backend
 * that runs on it meanwhile loses its connections and makes new ones.
 *
 * @throws PorticoError whatever a first start throws, too; then the database holds what came before the mistake.
 */
export async function resetProject(config: Config, database: OpenDatabase, observe: Observe): Promise<void> {
  const { createStorage } = await import('#storage')
  const before = new Date()
  await timed(observe, 'empty database', () => resetDatabase(database.connections))
  await buildDatabase(config, database, observe)
  const callers = await createCallerPool({ connections: database.connections, observe, prepared: database.prepared })
  const verify = () => Promise.reject(new PorticoError('UNAUTHENTICATED'))
  const storage = createStorage({ config, callers, verify, observe })
  try {
    await timed(observe, 'storage buckets', () => storage.seedBuckets(config.storage.buckets))
    // The rows of all that was stored before are gone.
    await storage.sweep(before)
  } finally {
    await storage.close()
    await callers.close()
  }
}
