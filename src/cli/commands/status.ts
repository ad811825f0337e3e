import { Command } from 'commander'
import { outputOption, withExamples, withProject } from '../options.ts'
import type { StatusOptions } from '../status/index.ts'
import { structuredForms } from '../structured.ts'

export function statusCommand(): Command {
  const command = withProject(new Command('status'))
    .description('Print URLs and keys of the running backend')
    .addOption(outputOption(['pretty', 'env', ...structuredForms], 'pretty'))
    .option('--override-name <name=NAME...>', 'print a value under another name, as api.url=VITE_API_URL')
    .action(async (options: StatusOptions) => {
      const { status } = await import('../status/index.ts')
      status(options)
    })
  return withExamples(command, [
    ['portico status', 'for reading'],
    ['eval "$(portico status -o env)"', 'as variables of this shell'],
    ['portico status -o env --override-name api.url=VITE_SUPABASE_URL', 'as a .env file of a web app'],
  ])
}
