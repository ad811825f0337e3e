import { Command } from 'commander'
import { PorticoError } from '#errors'

const onDatabase = (words: string) =>
  `Supabase's CLI does it, on this database: supabase ${words} --db-url with the DB_URL of: portico status -o env`

/** What people know from Supabase's CLI and look for here, and where it is. */
const answers: Readonly<Record<string, string>> = {
  'db diff': onDatabase('db diff'),
  'db dump': onDatabase('db dump'),
  'db pull': onDatabase('db pull'),
  'db push': 'Here it is: portico migration up',
  'db start': 'Here it is: portico start',
  'functions download': 'Functions are the folders of supabase/functions',
  link: 'Set SUPABASE_URL, its keys and DATABASE_URL to run in front of a project that is hosted (docs/managed.md)',
  login: 'Nothing here needs an account',
  logs: 'portico start prints the logs; of one function: portico functions logs NAME',
  secrets: 'Secrets of functions stand in supabase/functions/.env, those of the project in supabase/.env',
  'test db': onDatabase('test db'),
}

/** Commands that do nothing but say so, under the command whose name they begin with; not in its help. */
export function elsewhereCommands(parent?: string): readonly Command[] {
  return Object.entries(answers).flatMap(([line, answer]) => {
    const words = line.split(' ')
    const name = words.at(-1) ?? ''
    if (words.slice(0, -1).join(' ') !== (parent ?? '')) return []
    const command = new Command(name).argument('[words...]').allowUnknownOption()
    return command.action(() => {
      throw new PorticoError('BAD_USER_INPUT', { message: `portico ${line} is not there. ${answer}.` })
    })
  })
}
