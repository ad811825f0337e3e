import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { resetProject } from '#app'
import { isSupabaseElsewhere } from '#database'
import { PorticoError } from '#errors'
import type { DatabaseOptions } from '../options.ts'
import { stepsOn } from '../steps.ts'
import { withProjectDatabase } from './project-database.ts'

export interface ResetOptions extends DatabaseOptions {
  readonly yes?: boolean
  /** `false`: without the rows of the seed. */
  readonly seed?: boolean
  /** The last migration to apply. */
  readonly version?: string
  /** How many of the last migrations not to apply. */
  readonly last?: number
}

/** Builds the database anew, under a running backend or without one. */
export async function reset({ version, last, ...options }: ResetOptions): Promise<void> {
  if (version !== undefined && last !== undefined) throw wrong('Give --version or --last, not both.')
  const until = version === undefined ? last !== undefined && { last } : { version }
  const observe = stepsOn(process.stderr)
  await withProjectDatabase(options, { state: 'bare' }, async ({ config, database, holder }) => {
    if (config.database.kind === 'external' && (await isSupabaseElsewhere(database.connections))) {
      const way = "Its own CLI resets the project's schemas alone: supabase db reset --db-url"
      throw new PorticoError('CONFIG_INVALID', {
        message: `This would drop a Supabase's database, with what its services keep there. ${way}`,
      })
    }
    if (config.database.kind === 'external' && !options.yes) {
      const { host, pathname } = new URL(config.database.url)
      throw new PorticoError('CONFIG_INVALID', {
        message: `This drops the whole database ${pathname.slice(1)} on ${host}. If that is meant, add --yes.`,
      })
    }
    if (version !== undefined) await checkVersion(config.project.supabase, version)
    const { migrations, seed } = config.db
    const db = {
      ...config.db,
      ...(options.seed === false && { seed: { ...seed, enabled: false } }),
      ...(until && { migrations: { ...migrations, until } }),
    }
    await resetProject({ ...config, db }, database, observe)
    console.log(holder ? `The database is new; ${holder.facts.API_URL} serves it.` : 'The database is new.')
  })
}

/** Before anything is thrown away. */
async function checkVersion(supabase: string, version: string): Promise<void> {
  const files = await readdir(join(supabase, 'migrations')).catch(() => [])
  if (files.some((file) => file.startsWith(`${version}_`) && file.endsWith('.sql'))) return
  throw wrong(`No file of supabase/migrations begins with ${version}_.`)
}

function wrong(message: string): PorticoError {
  return new PorticoError('BAD_USER_INPUT', { message })
}
