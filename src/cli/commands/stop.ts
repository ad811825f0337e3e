import { Command, Option } from 'commander'
import { withExamples, withProject } from '../options.ts'
import type { StopOptions } from '../status/index.ts'

export function stopCommand(): Command {
  const command = withProject(new Command('stop'))
    .description('Stop the backend that runs on a data folder')
    .addOption(new Option('--no-backup').hideHelp())
    .addOption(new Option('--all').hideHelp())
    .action(async (options: StopOptions) => {
      const { stop } = await import('../status/index.ts')
      await stop(options)
    })
  return withExamples(command, [['portico stop --project app', 'stop the backend of the project in app']])
}
