import { Command } from 'commander'
import { type ProjectOptions, withExamples, withProject } from '../options.ts'

export function backupCommand(): Command {
  const command = withProject(new Command('backup'))
    .description('Copy all data of a project into a new folder, while its backend runs or not')
    .argument('<folder>', 'where to; it must not be there yet')
    .action(async (folder: string, options: ProjectOptions) => {
      const { backup } = await import('../backup/index.ts')
      await backup(folder, options)
    })
  return withExamples(command, [
    ['portico backup /backups/monday', 'database, objects, deployed functions, secrets and keys'],
    ['portico backup "/backups/$(date +%F)" --project /srv/app', 'one a day, from cron'],
  ])
}
