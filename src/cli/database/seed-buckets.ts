import { seedProjectBuckets } from '#app'
import type { ProjectOptions } from '../options.ts'
import { stepsOn } from '../steps.ts'
import { withProjectDatabase } from './project-database.ts'

/** Makes the buckets of `[storage.buckets]` as config.toml has them now, with their files, and throws nothing away. */
export async function seedBuckets(options: ProjectOptions): Promise<void> {
  const observe = stepsOn(process.stderr)
  await withProjectDatabase(options, { state: 'present', observe }, async ({ config, database }) => {
    await seedProjectBuckets(config, database, observe)
    const names = Object.keys(config.storage.buckets)
    console.log(names.length === 0 ? 'config.toml has no [storage.buckets].' : `Buckets: ${names.join(', ')}`)
  })
}
