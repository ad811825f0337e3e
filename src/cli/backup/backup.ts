import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { backUp } from '#app'
import { PorticoError } from '#errors'
import { pc } from '../colours.ts'
import { dataFolderOf } from '../data-folder.ts'
import { withProjectDatabase } from '../database/index.ts'
import type { ProjectOptions } from '../options.ts'
import { stepsOn } from '../steps.ts'

/** Backs a project up, under a running backend or without one. */
export async function backup(folder: string, options: ProjectOptions): Promise<void> {
  const data = dataFolderOf(options)
  const observe = stepsOn(process.stderr)
  if (!existsSync(join(data, 'postgres'))) throw nothingThere(data)
  await withProjectDatabase(options, { state: 'bare', observe }, async ({ config, database }) => {
    if (config.database.kind === 'external') throw elsewhere()
    const made = await backUp(config, database, folder, observe)
    console.log(`${pc.green('backed up')}  ${made.files} files, ${Math.ceil(made.bytes / 1e6)} MB: ${made.folder}`)
    if (!made.withObjects) console.log('The objects are on S3, and not in it.')
  })
}

function nothingThere(data: string): PorticoError {
  return new PorticoError('BAD_USER_INPUT', {
    message: `There is no database in ${data}: nothing was ever started there, or the data is in one of your own (--db-url), which is backed up where it is run.`,
    details: { folder: data },
  })
}

function elsewhere(): PorticoError {
  return new PorticoError('BAD_USER_INPUT', {
    message: 'The backend keeps its data in a database of your own (--db-url), which is backed up where it is run.',
  })
}
