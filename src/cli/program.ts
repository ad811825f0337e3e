import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { takesAnywhere } from './anywhere.ts'
import {
  backupCommand,
  dbCommand,
  elsewhereCommands,
  eventsCommand,
  functionsCommand,
  genCommand,
  initCommand,
  inspectCommand,
  migrationCommand,
  restoreCommand,
  secretsCommand,
  seedCommand,
  servicesCommand,
  ssoCommand,
  startCommand,
  statusCommand,
  stopCommand,
  storageCommand,
  testCommand,
} from './commands/index.ts'
import { withExamples } from './options.ts'

/** All commands. What a command does is loaded only when it is called. */
export function createProgram(): Command {
  const program = new Command('portico')
    .description('A GraphQL gateway and the backend behind it, from a Supabase project folder')
    .version(version(), '-V, --version')
    // Commands have a --version of their own.
    .enablePositionalOptions()
    .showHelpAfterError('(portico --help lists the commands, portico COMMAND --help its options)')
    .addCommand(startCommand())
    .addCommand(statusCommand())
    .addCommand(stopCommand())
    .addCommand(initCommand())
    .addCommand(dbCommand())
    .addCommand(migrationCommand())
    .addCommand(backupCommand())
    .addCommand(restoreCommand())
    .addCommand(eventsCommand())
    .addCommand(genCommand())
    .addCommand(functionsCommand())
    .addCommand(ssoCommand())
    .addCommand(testCommand())
    .addCommand(inspectCommand())
    .addCommand(secretsCommand())
    .addCommand(storageCommand())
    .addCommand(seedCommand())
    .addCommand(servicesCommand())
  for (const command of commandsBelow(program)) takesAnywhere(command)
  for (const command of [program, ...program.commands]) {
    for (const elsewhere of elsewhereCommands(command === program ? undefined : command.name())) {
      command.addCommand(elsewhere, { hidden: true })
    }
  }
  withExamples(program, [
    ['portico init app', 'make a new project in the folder app'],
    ['portico start --project app', 'start its backend'],
    ['portico status -o env', 'print URLs and keys of what runs'],
  ])
  inherit(program)
  return program
}

/** Errors are thrown to `run`, and every command points to its own help. */
function inherit(command: Command): void {
  command.exitOverride()
  for (const child of command.commands) {
    child.copyInheritedSettings(command)
    inherit(child)
  }
}

/** Those that do something themselves. */
function commandsBelow({ commands }: Command): readonly Command[] {
  return commands.flatMap((command) => (command.commands.length === 0 ? [command] : commandsBelow(command)))
}

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
