import { type Command, Option } from 'commander'
import { PorticoError } from '#errors'

/**
 * Options that every command of Supabase's CLI takes, before its name or behind it, and that change nothing here.
 *
 * @see https://supabase.com/docs/reference/cli/global-flags
 */
const withoutEffect = [
  '--debug',
  '--yes',
  '--experimental',
  '--create-ticket',
  '--agent <choice>',
  '--dns-resolver <resolver>',
  '--network-id <name>',
  '--profile <name>',
]

/** What says that a command is about a project that is linked or hosted. */
const aboutHosted = ['--linked', '--project-ref <ref>', '--project-id <id>']

/** Those that may stand before the command and have a value behind them; or often do, where it is no place for them. */
const valued = /^(?:-o|--(?:output|workdir|project|data|db-url|url|env-file|agent|dns-resolver|network-id|profile))$/

/** Has a command take the options of Supabase's CLI that it has none of its own for; none is in its help. */
export function takesAnywhere(command: Command): void {
  const isTaken = (flags: string) => command.options.some(({ long }) => long === flags.split(' ', 1)[0])
  for (const flags of withoutEffect) if (!isTaken(flags)) command.addOption(new Option(flags).hideHelp())
  for (const flags of aboutHosted) {
    if (isTaken(flags)) continue
    const option = new Option(flags).hideHelp()
    command.addOption(option).on(`option:${option.name()}`, () => {
      throw notLinked()
    })
  }
}

function notLinked(): PorticoError {
  return new PorticoError('BAD_USER_INPUT', {
    message:
      'Nothing is linked here: commands work on the project in this folder. Those that take --db-url work on a hosted database, too.',
  })
}

/**
 * A command line with the options that stand before the command behind it, where commands look for them, and `help db
 * reset` as the help of `db reset`.
 *
 * @param words without the program
 * @example commandFirst(['--workdir', 'app', 'db', 'reset']) // ['db', 'reset', '--workdir', 'app']
 */
export function commandFirst(words: readonly string[]): string[] {
  let at = 0
  while (words[at]?.startsWith('-') && words[at] !== '--') at += valued.test(words[at] ?? '') ? 2 : 1
  const [before, [command, ...rest]] = [words.slice(0, at), words.slice(at)]
  if (command === undefined || before.some((word) => /^(?:-V|--version)$/.test(word))) return [...words]
  const asked = command === 'help' && rest.length > 0 ? [...rest, '--help'] : [command, ...rest]
  const end = asked.indexOf('--')
  return end === -1 ? [...asked, ...before] : [...asked.slice(0, end), ...before, ...asked.slice(end)]
}
