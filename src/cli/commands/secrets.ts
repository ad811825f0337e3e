import { Command } from 'commander'
import { outputOption, type ProjectOptions, withExamples, withProject } from '../options.ts'
import type { ListSecretsOptions, SetSecretsOptions } from '../secrets/index.ts'
import { structuredForms } from '../structured.ts'

export function secretsCommand(): Command {
  return new Command('secrets')
    .description('Keep what edge functions are given as variables, in supabase/functions/.env')
    .addCommand(listCommand())
    .addCommand(setCommand())
    .addCommand(unsetCommand())
}

function listCommand(): Command {
  return withProject(new Command('list'))
    .description('List their names, each with the SHA-256 of its value')
    .addOption(outputOption(['pretty', ...structuredForms], 'pretty'))
    .action(async (options: ListSecretsOptions) => {
      const { listSecrets } = await import('../secrets/index.ts')
      await listSecrets(options)
    })
}

function setCommand(): Command {
  const command = withProject(new Command('set'))
    .description('Set some; a running backend gives them to functions with the next request')
    .argument('[pairs...]', 'NAME=VALUE')
    .option('--env-file <file>', 'those of a file as well')
    .action(async (pairs: string[], options: SetSecretsOptions) => {
      const { setSecrets } = await import('../secrets/index.ts')
      await setSecrets(pairs, options)
    })
  return withExamples(command, [
    ['portico secrets set STRIPE_KEY=sk_test_1', 'Deno.env.get("STRIPE_KEY")'],
    ['portico secrets set --env-file .env.staging', 'all that stand there'],
  ])
}

function unsetCommand(): Command {
  return withProject(new Command('unset'))
    .description('Take some away')
    .argument('<names...>', 'which ones')
    .action(async (names: string[], options: ProjectOptions) => {
      const { unsetSecrets } = await import('../secrets/index.ts')
      await unsetSecrets(names, options)
    })
}
