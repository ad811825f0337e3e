import type { Config } from '#config'
import { resetDatabase } from '#database'
import type { Observe } from '#observe'
import { buildDatabase, type OpenDatabase } from './database.ts'
import { timed } from './phases.ts'
import { seedProjectBuckets } from './seed-buckets.ts'

/**
 * Throws the project's data away and builds the database anew: baseline, roles, migrations, seed, buckets. A backend
 * that runs on it meanwhile loses its connections and makes new ones.
 *
 * @throws PorticoError whatever a first start throws, too; then the database holds what came before the mistake.
 */
export async function resetProject(config: Config, database: OpenDatabase, observe: Observe): Promise<void> {
  const before = new Date()
  await timed(observe, 'empty database', () => resetDatabase(database.connections))
  await buildDatabase(config, database, observe)
  // The rows of all that was stored before are gone.
  await seedProjectBuckets(config, database, observe, before)
}
