import { Command } from 'commander'
import { type ProjectOptions, withExamples, withProject } from '../options.ts'

export function restoreCommand(): Command {
  const command = withProject(new Command('restore'))
    .description('Make a data folder of a backup, after comparing each file with its checksum')
    .argument('<folder>', 'what portico backup made')
    .action(async (folder: string, options: ProjectOptions) => {
      const { restoreBackup } = await import('../backup/index.ts')
      await restoreBackup(folder, options)
    })
  return withExamples(command, [
    ['portico restore /backups/monday', 'into .portico of this project, which must be moved away or empty'],
    ['portico restore /backups/monday --data /srv/data', 'into another data folder'],
  ])
}
