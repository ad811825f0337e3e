import { Command } from 'commander'
import { PorticoError } from '#errors'

const hosted = "It is about projects that Supabase hosts: Supabase's CLI does it"

/** What people know from Supabase's CLI and look for here, and where it is. */
const answers: Readonly<Record<string, string>> = {
  completion: 'portico --help lists the commands, and each with --help its options',
  bootstrap: 'Here it is: portico init',
  'db advisors': "Supabase's CLI does it, on any database: supabase db advisors --db-url URL",
  'db branch': 'A second database of the project: portico start --data FOLDER',
  'db lint':
    'It needs plpgsql_check, which no npm package has. On a database that has it: supabase db lint --db-url URL',
  'db pull': 'Here it is: portico db diff --db-url URL -f NAME',
  'db remote': 'Here it is: portico db diff --db-url URL -f NAME',
  'db schema': 'Here it is: portico db diff, and portico db diff -f NAME where supabase/schemas declares the schema',
  'db seed': 'A fresh database is given supabase/seed.sql by itself; portico db query --file FILE runs one now',
  'db start': 'Here it is: portico start',
  'functions delete': 'Remove its folder from supabase/functions: the next request finds it gone',
  'functions download': 'Functions are the folders of supabase/functions',
  'gen keys': 'Here it is: portico status -o env',
  link: 'Set SUPABASE_URL, its keys and DATABASE_URL to run in front of a project that is hosted (docs/managed.md)',
  login: 'Nothing here needs an account',
  logout: 'Nothing here needs an account',
  logs: 'portico start prints the logs; of one function: portico functions logs NAME',
  'migration down': 'Write a migration that takes it back, or build the database without it: portico db reset --last 1',
  'migration squash':
    'portico db dump writes the schema that one migration can make in place of all; portico migration repair makes the history fit',
  studio: 'There is none; portico db query runs SQL, and GraphiQL is at /graphql/v1',
  telemetry: 'There is none: nothing is sent anywhere',
  unlink: 'Nothing here is linked',
  ...Object.fromEntries(
    [
      'backups',
      'branches',
      'config',
      'domains',
      'encryption',
      'network-bans',
      'network-restrictions',
      'orgs',
      'postgres-config',
      'projects',
    ]
      .concat(['snippets', 'ssl-enforcement', 'vanity-subdomains'])
      .map((command) => [command, hosted]),
  ),
}

/** Commands that do nothing but say so, under the command whose name they begin with; not in its help. */
export function elsewhereCommands(parent?: string): readonly Command[] {
  return Object.entries(answers).flatMap(([line, answer]) => {
    const words = line.split(' ')
    const name = words.at(-1) ?? ''
    if (words.slice(0, -1).join(' ') !== (parent ?? '')) return []
    const command = new Command(name).description(`${answer}.`).argument('[words...]').allowUnknownOption()
    return command.action(() => {
      throw new PorticoError('BAD_USER_INPUT', { message: `portico ${line} is not there. ${answer}.` })
    })
  })
}
