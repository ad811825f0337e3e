import { Command, Option } from 'commander'
import { outputOption, withExamples, withProject, withTarget } from '../options.ts'
import type { AddOptions, ListOptions, ShowOptions, UpdateOptions } from '../sso/index.ts'
import { structuredForms } from '../structured.ts'

export function ssoCommand(): Command {
  return new Command('sso')
    .description('Connect organisations that sign in with SAML 2.0')
    .addCommand(listCommand())
    .addCommand(addCommand())
    .addCommand(showCommand())
    .addCommand(updateCommand())
    .addCommand(removeCommand())
    .addCommand(infoCommand())
}

function onBackend(name: string, description: string): Command {
  return withTarget(withProject(new Command(name)), 'its secret key is read from SUPABASE_SECRET_KEY')
    .description(description)
    .addOption(outputOption(['pretty', ...structuredForms], 'pretty'))
}

function listCommand(): Command {
  return onBackend('list', 'List the identity providers').action(async (options: ListOptions) => {
    const { listProviders } = await import('../sso/index.ts')
    await listProviders(options)
  })
}

function addCommand(): Command {
  const command = withDescription(onBackend('add', 'Add an identity provider'))
    .addOption(new Option('-t, --type <type>', 'of its protocol').choices(['saml']).default('saml'))
    .option('--domains <domains>', 'of the addresses of its people, by commas')
    .action(async (options: AddOptions) => {
      const { addProvider } = await import('../sso/index.ts')
      await addProvider(options)
    })
  return withExamples(command, [
    ['portico sso add --metadata-url https://idp.example.com/metadata --domains example.com', 'by its address'],
    ['portico sso add --metadata-file idp.xml --attribute-mapping-file mapping.json', 'by files'],
  ])
}

function showCommand(): Command {
  return onBackend('show', 'Show an identity provider')
    .argument('<id>', 'of the provider, or resource_ and its resource')
    .option('--metadata', 'print its metadata (XML) alone')
    .action(async (id: string, options: ShowOptions) => {
      const { showProvider } = await import('../sso/index.ts')
      await showProvider(id, options)
    })
}

function updateCommand(): Command {
  const command = withDescription(onBackend('update', 'Change an identity provider; what is not said stays'))
    .argument('<id>', 'of the provider, or resource_ and its resource')
    .addOption(new Option('--domains <domains>', 'all of them, by commas').conflicts(['addDomains', 'removeDomains']))
    .option('--add-domains <domains>', 'more of them, by commas')
    .option('--remove-domains <domains>', 'which are its own no longer, by commas')
    .addOption(new Option('--disable', 'let nobody in by it; sessions go on').conflicts('enable'))
    .option('--enable', 'let people in by it again')
    .action(async (id: string, options: UpdateOptions) => {
      const { updateProvider } = await import('../sso/index.ts')
      await updateProvider(id, options)
    })
  return withExamples(command, [['portico sso update ID --add-domains example.org', 'another domain of its people']])
}

function removeCommand(): Command {
  return onBackend('remove', 'Remove an identity provider, whose people sign in no more')
    .argument('<id>', 'of the provider, or resource_ and its resource')
    .action(async (id: string, options: ListOptions) => {
      const { removeProvider } = await import('../sso/index.ts')
      await removeProvider(id, options)
    })
}

function infoCommand(): Command {
  return onBackend('info', 'Print what the administrator of an identity provider has to enter there').action(
    async (options: ListOptions) => {
      const { showInfo } = await import('../sso/index.ts')
      await showInfo(options)
    },
  )
}

/** What is said of a provider. */
function withDescription(command: Command): Command {
  return command
    .addOption(new Option('--metadata-file <file>', 'its SAML metadata (XML)').conflicts('metadataUrl'))
    .option('--metadata-url <url>', 'where its SAML metadata is: https, and public')
    .addOption(new Option('--skip-url-validation').hideHelp())
    .option('--attribute-mapping-file <file>', 'JSON: which of its attributes become which claims')
    .option('--name-id-format <urn>', 'by which it is asked to name people')
    .option('--resource-id <id>', 'a name of your own for it')
}
