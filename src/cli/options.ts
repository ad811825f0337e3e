import { type Command, InvalidArgumentError, Option } from 'commander'
import { projectAround } from './project-folder.ts'

/** What every command of a project takes. */
export interface ProjectOptions {
  readonly project: string
  readonly data?: string
  readonly verbose?: boolean
}

/** What every command that works on the database takes. */
export interface DatabaseOptions extends ProjectOptions {
  readonly dbUrl?: string
}

export function withProject(command: Command): Command {
  const project = new Option('--project <dir>', "the project's folder, which holds supabase/")
  return command
    .addOption(project.default(projectAround(process.cwd()), 'here, or above here'))
    .option('--data <dir>', "the data folder (default: .portico in the project's folder)")
    .option('--verbose', 'show stacks and causes of errors')
    .addOption(new Option('--workdir <dir>').hideHelp())
    .on('option:workdir', (folder: string) => command.setOptionValue('project', folder))
}

export function withDatabase(command: Command): Command {
  return takesSilently(
    withProject(command).option('--db-url <url>', 'a Postgres of your own, in place of the embedded one'),
    '--local',
  )
}

/** @param key where the key of a backend elsewhere is */
export function withTarget(command: Command, key: string): Command {
  return command
    .option('--url <url>', `a backend elsewhere; ${key}`)
    .option('--plain-http', 'send the key over http:// to another machine')
}

/** Options by which Supabase's CLI is told what is so here anyway: taken, and not in the help. */
export function takesSilently(command: Command, ...flags: readonly string[]): Command {
  return flags.reduce((taking, flag) => taking.addOption(new Option(flag).hideHelp()), command)
}

/** `-o, --output` with a choice of forms. */
export function outputOption(forms: readonly string[], initial: string): Option {
  return new Option('-o, --output <form>', 'how to print it').choices(forms).default(initial)
}

export function portNumber(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65535) return port
  throw new InvalidArgumentError('Expected a port between 0 and 65535; 0 takes any free one.')
}

export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected a whole number.')
}

/** Adds command lines with what they do to the command's help. */
export function withExamples(command: Command, examples: readonly (readonly [line: string, what: string])[]): Command {
  const width = Math.max(...examples.map(([line]) => line.length))
  const lines = examples.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`)
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`)
}
