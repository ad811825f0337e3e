import { join, resolve } from 'node:path'
import { printSchema } from '#app'
import { silent } from '#observe'
import { withProjectDatabase } from '../database/index.ts'
import type { DatabaseOptions } from '../options.ts'
import { writeOutput } from './write-output.ts'

export interface SchemaOptions extends DatabaseOptions {
  /** `-`: standard output */
  readonly file?: string
}

/**
 * Writes the API as SDL, for diffs and for code generators of clients. It is what `authenticated` sees: the fullest of
 * the roles that clients of the public have. The service role's would show what only servers may do.
 */
export async function genSchema({ file, ...options }: SchemaOptions): Promise<void> {
  await withProjectDatabase(options, { state: 'built', reads: true }, async ({ config, database }) => {
    const sdl = await printSchema(config, database, 'authenticated', silent)
    const target = resolve(file ?? join(config.project.schema, 'schema.graphql'))
    await writeOutput(sdl, file === '-' ? undefined : target)
  })
}
