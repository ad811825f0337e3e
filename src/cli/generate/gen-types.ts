import { resolve } from 'node:path'
import { PorticoError } from '#errors'
import { withProjectDatabase } from '../database/index.ts'
import type { DatabaseOptions } from '../options.ts'
import { databaseTypes, introspect } from './types/index.ts'
import { writeOutput } from './write-output.ts'

export interface TypesOptions extends DatabaseOptions {
  /** `public,private` */
  readonly schema?: string
  readonly file?: string
}

/** Prints the TypeScript types of the database that supabase-js takes. */
export async function genTypes({ schema, file, ...options }: TypesOptions): Promise<void> {
  await withProjectDatabase(options, { state: 'built', reads: true }, async ({ config, database }) => {
    const names = schema === undefined ? config.api.schemas : schema.split(',').map((name) => name.trim())
    const shape = await introspect(database.connections.for('postgres'), names)
    const missing = names.filter((name) => !shape.schemas.includes(name))
    if (schema !== undefined && missing.length > 0) {
      throw new PorticoError('BAD_USER_INPUT', { message: `There is no schema ${missing.join(', ')} in the database.` })
    }
    await writeOutput(databaseTypes(shape), file === undefined || file === '-' ? undefined : resolve(file))
  })
}
