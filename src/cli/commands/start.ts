import { Command, InvalidArgumentError } from 'commander'
import { releaseWhileLoading } from '../memory.ts'
import { portNumber, takesSilently, wholeNumber, withDatabase, withExamples } from '../options.ts'
import type { StartOptions } from '../start/index.ts'

export function startCommand(): Command {
  const command = takesSilently(
    withDatabase(new Command('start')),
    '-x, --exclude <services...>',
    '--ignore-health-check',
    '--preview <features...>',
  )
    .description('Start the whole backend of a project, and run until Ctrl-C')
    .option('-d, --detach', 'return once it serves; portico stop ends it')
    .option('--ephemeral', 'keep everything in a temporary folder, removed at the end')
    .option('--host <host>', 'where to listen (default: 127.0.0.1; 0.0.0.0 lets other machines in)')
    .option('--port <port>', 'port of the APIs (default: [api] port of config.toml)', portNumber)
    .option('--db-port <port>', 'port of Postgres (default: [db] port of config.toml)', portNumber)
    .option('--env-file <file>', 'variables of edge functions (default: supabase/functions/.env)')
    .option('--production', 'strict: no introspection, GraphiQL, inbox or hot reload; refuses well-known secrets')
    .option('--grace <seconds>', 'what is in flight has when it is stopped (default: 4)', graceSeconds)
    .option('--json', 'print progress, summary and logs as JSON lines')
    .action(async ({ detach, ...options }: StartOptions & { readonly detach?: boolean }) => {
      if (detach) return await (await import('../start/index.ts')).startDetached(options)
      const loaded = releaseWhileLoading()
      const { start } = await import('../start/index.ts')
      await start(options, loaded)
    })
  return withExamples(command, [
    ['portico start', 'the project in this folder'],
    ['portico start --detach && npm test; portico stop', 'for the time of the tests'],
    ['portico start --project app --port 8000', 'another one, on another port'],
    ['portico start --host 0.0.0.0', 'for a phone on the same network, with secrets of its own'],
    ['portico start --ephemeral --port 0 --db-port 0', 'a throw-away backend on free ports'],
    ['portico start --db-url postgresql://postgres:secret@db:5432/app', 'on a Postgres of your own'],
  ])
}

/** No timer runs for longer than some weeks. */
function graceSeconds(text: string): number {
  const seconds = wholeNumber(text)
  if (seconds <= 86_400) return seconds
  throw new InvalidArgumentError('Expected a day at most: 86400.')
}
