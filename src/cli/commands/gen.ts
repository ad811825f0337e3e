import { Argument, Command, Option } from 'commander'
import type { SchemaOptions, SigningKeyOptions, TypesOptions } from '../generate/index.ts'
import { withDatabase, withExamples } from '../options.ts'

export function genCommand(): Command {
  return new Command('gen')
    .description('Write files that follow from the database')
    .addCommand(schemaCommand())
    .addCommand(typesCommand())
    .addCommand(signingKeyCommand())
    .addCommand(samlKeyCommand())
}

function schemaCommand(): Command {
  const command = withDatabase(new Command('schema'))
    .description('Write the GraphQL API that a signed-in user sees (the role authenticated) as SDL')
    .option('--file <file>', 'where to write it; - is standard output (default: schema/schema.graphql of the project)')
    .action(async (options: SchemaOptions) => {
      const { genSchema } = await import('../generate/index.ts')
      await genSchema(options)
    })
  return withExamples(command, [
    ['portico gen schema', 'the golden file of the API'],
    ['portico gen schema --file - | diff schema/schema.graphql -', 'whether the API has changed'],
  ])
}

function typesCommand(): Command {
  const command = withDatabase(new Command('types'))
    .description('Print the TypeScript type Database that supabase-js takes')
    .addArgument(new Argument('[language]', 'as the Supabase CLI takes it').choices(['typescript']))
    .addOption(new Option('--lang <language>').choices(['typescript']).hideHelp())
    .option('-s, --schema <names>', 'schemas, separated by commas (default: [api] schemas of config.toml)')
    .option('--file <file>', 'write it to a file in place of standard output')
    .action(async (_language: string | undefined, options: TypesOptions) => {
      const { genTypes } = await import('../generate/index.ts')
      await genTypes(options)
    })
  return withExamples(command, [
    ['portico gen types --file src/database.types.ts', 'then: createClient<Database>(url, key)'],
    ['portico gen types --schema public,private', 'of these schemas'],
  ])
}

function signingKeyCommand(): Command {
  const algorithm = new Option('--algorithm <name>', 'what tokens are signed with').choices(['ES256', 'RS256'])
  const command = new Command('signing-key')
    .description('Print a new private key for the file that [auth] signing_keys_path names')
    .addOption(algorithm.default('ES256'))
    .option('--verbose', 'show stacks and causes of errors')
    .action(async (options: SigningKeyOptions) => {
      const { genSigningKey } = await import('../generate/index.ts')
      await genSigningKey(options)
    })
  return withExamples(command, [
    ['(umask 077; portico gen signing-key > supabase/signing_keys.json)', 'a file of its own, for its owner alone'],
  ])
}

function samlKeyCommand(): Command {
  const command = new Command('saml-key')
    .description('Print a new private key for [auth.saml] private_key')
    .option('--verbose', 'show stacks and causes of errors')
    .action(async () => {
      const { genSamlKey } = await import('../generate/index.ts')
      await genSamlKey()
    })
  return withExamples(command, [
    [
      '(umask 077; echo "SAML_PRIVATE_KEY=$(portico gen saml-key)" >> .env)',
      'then: private_key = "env(SAML_PRIVATE_KEY)"',
    ],
  ])
}
