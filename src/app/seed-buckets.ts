import type { Config } from '#config'
import { createCallerPool } from '#database'
import { PorticoError } from '#errors'
import type { Observe } from '#observe'
import type { OpenDatabase } from './database.ts'
import { timed } from './phases.ts'

/**
 * Makes the project's buckets, with their files, in a database whose backend does not need to run.
 *
 * @param before all that was stored earlier, and has no row any more, is removed
 */
export async function seedProjectBuckets(
  config: Config,
  database: OpenDatabase,
  observe: Observe,
  before?: Date,
): Promise<void> {
  const { createStorage } = await import('#storage')
  const callers = await createCallerPool({ connections: database.connections, observe, prepared: database.prepared })
  const verify = () => Promise.reject(new PorticoError('UNAUTHENTICATED'))
  const storage = createStorage({ config, callers, verify, observe })
  try {
    await timed(observe, 'storage buckets', () => storage.seedBuckets(config.storage.buckets))
    if (before !== undefined) await storage.sweep(before)
  } finally {
    await storage.close()
    await callers.close()
  }
}
