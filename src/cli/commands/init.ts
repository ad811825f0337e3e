import { Command } from 'commander'
import { takesSilently, withExamples } from '../options.ts'

export function initCommand(): Command {
  const editors = ['--with-vscode-settings', '--with-vscode-workspace', '--with-intellij-settings']
  const command = takesSilently(new Command('init'), '-i, --interactive', '--force', '--use-orioledb', ...editors)
    .description('Make a new project that starts at once; no file that is there is touched')
    .argument('[dir]', 'the folder of the project, made if it is missing', '.')
    .option('--verbose', 'show stacks and causes of errors')
    .action(async (folder: string) => {
      const { init } = await import('../init/index.ts')
      await init(folder)
    })
  return withExamples(command, [['portico init app && portico start --project app', 'from nothing to a backend']])
}
