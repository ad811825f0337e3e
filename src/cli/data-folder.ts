import { join, resolve } from 'node:path'
import { PorticoError } from '#errors'
import type { ProjectOptions } from './options.ts'

/** Where a project's data is kept, whether it was ever started or not; absolute. */
export function dataFolderOf({ project, data }: ProjectOptions): string {
  return resolve(data ?? join(project, '.portico'))
}

export function notRunning(folder: string): PorticoError {
  return new PorticoError('NOT_READY', {
    message: `Portico is not running on ${folder}. Start it with: portico start`,
    details: {},
  })
}
