import { Command } from 'commander'
import { type ProjectOptions, withExamples, withProject } from '../options.ts'

export function stopCommand(): Command {
  const command = withProject(new Command('stop'))
    .description('Stop the backend that runs on a data folder')
    .action(async (options: ProjectOptions) => {
      const { stop } = await import('../status/index.ts')
      await stop(options)
    })
  return withExamples(command, [['portico stop --project app', 'stop the backend of the project in app']])
}
