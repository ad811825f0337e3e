import { resetProject } from '#app'
import { PorticoError } from '#errors'
import type { DatabaseOptions } from '../options.ts'
import { stepsOn } from '../steps.ts'
import { withProjectDatabase } from './project-database.ts'

export interface ResetOptions extends DatabaseOptions {
  readonly yes?: boolean
  /** `false`: without the rows of the seed. */
  readonly seed?: boolean
}

/** Builds the database anew, under a running backend or without one. */
export async function reset(options: ResetOptions): Promise<void> {
  const observe = stepsOn(process.stderr)
  await withProjectDatabase(options, { state: 'bare' }, async ({ config, database, holder }) => {
    if (config.database.kind === 'external' && !options.yes) {
      const { host, pathname } = new URL(config.database.url)
      throw new PorticoError('CONFIG_INVALID', {
        message: `This drops the whole database ${pathname.slice(1)} on ${host}. If that is meant, add --yes.`,
      })
    }
    const unseeded = { ...config, db: { ...config.db, seed: { ...config.db.seed, enabled: false } } }
    await resetProject(options.seed === false ? unseeded : config, database, observe)
    console.log(holder ? `The database is new; ${holder.facts.API_URL} serves it.` : 'The database is new.')
  })
}
