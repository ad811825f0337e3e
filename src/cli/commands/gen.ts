import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import type { BearerJwtOptions, SchemaOptions, SigningKeyOptions, TypesOptions } from '../generate/index.ts'
import { withDatabase, withExamples, withProject } from '../options.ts'

export function genCommand(): Command {
  return new Command('gen')
    .description('Write files that follow from the database')
    .addCommand(schemaCommand())
    .addCommand(typesCommand())
    .addCommand(signingKeyCommand())
    .addCommand(bearerJwtCommand())
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

function bearerJwtCommand(): Command {
  const command = withProject(new Command('bearer-jwt'))
    .description("Print a token of the project's for a role or a user, to try policies with")
    .requiredOption('--role <role>', 'the role of the database')
    .option('--sub <id>', 'the user')
    .addOption(new Option('--exp <time>', 'until when, in RFC 3339').argParser(moment).conflicts('validFor'))
    .option('--valid-for <duration>', 'for how long, as 30m or 1h30m', span, 30 * 60)
    .option('--payload <json>', 'more claims', claims, {})
    .action(async (options: BearerJwtOptions) => {
      const { genBearerJwt } = await import('../generate/index.ts')
      await genBearerJwt(options)
    })
  return withExamples(command, [
    ['portico gen bearer-jwt --role authenticated --sub 4f1c…', 'as that user, for half an hour'],
    [`portico gen bearer-jwt --role authenticated --payload '{"aal":"aal2"}'`, 'with a second factor'],
  ])
}

/** Seconds since 1970. */
function moment(text: string): number {
  const at = Date.parse(text)
  if (/^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(at)) return Math.floor(at / 1000)
  throw new InvalidArgumentError('Expected a moment like 2026-01-31T12:00:00Z.')
}

/** Seconds. */
function span(text: string): number {
  const [whole, hours = 0, minutes = 0, seconds = 0] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? []
  if (whole) return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  throw new InvalidArgumentError('Expected a duration like 30m or 1h30m.')
}

function claims(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>
  } catch {
    // told below
  }
  throw new InvalidArgumentError('Expected an object of JSON.')
}
