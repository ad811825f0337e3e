import { restore } from '#app'
import { dataFolderOf } from '../data-folder.ts'
import type { ProjectOptions } from '../options.ts'
import { stepsOn } from '../steps.ts'

export async function restoreBackup(folder: string, options: ProjectOptions): Promise<void> {
  const data = dataFolderOf(options)
  await restore(folder, data, stepsOn(process.stderr))
  console.log(`Restored ${data}. Start it with: portico start${options.data === undefined ? '' : ` --data ${data}`}`)
}
