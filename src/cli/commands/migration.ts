import { Command, InvalidArgumentError, Option } from 'commander'
import type { ListMigrationsOptions, PushOptions, RepairOptions } from '../database/index.ts'
import {
  type DatabaseOptions,
  outputOption,
  type ProjectOptions,
  withDatabase,
  withExamples,
  withProject,
} from '../options.ts'
import { structuredForms } from '../structured.ts'

export function migrationCommand(): Command {
  return new Command('migration')
    .description('Make, list and apply the files of supabase/migrations')
    .addCommand(newCommand())
    .addCommand(listCommand())
    .addCommand(upCommand())
    .addCommand(repairCommand())
    .addCommand(fetchCommand())
}

function newCommand(): Command {
  const command = withProject(new Command('new'))
    .description('Make an empty migration, named by the time')
    .argument('<name>', 'what it does, in a few words', migrationName)
    .action(async (name: string, options: ProjectOptions) => {
      const { newMigration } = await import('../database/index.ts')
      await newMigration(name, options)
    })
  return withExamples(command, [['portico migration new add_comments', 'supabase/migrations/TIME_add_comments.sql']])
}

export function migrationName(given: string): string {
  if (!/[a-z0-9]/i.test(given)) throw new InvalidArgumentError('A name has letters or digits.')
  return given
}

function listCommand(): Command {
  return withDatabase(new Command('list'))
    .description('List the migrations, applied or not')
    .addOption(outputOption(['pretty', ...structuredForms], 'pretty'))
    .action(async (options: ListMigrationsOptions) => {
      const { listAllMigrations } = await import('../database/index.ts')
      await listAllMigrations(options)
    })
}

function upCommand(): Command {
  return pushCommand('up')
}

/** `migration up`, and `db push`, which is the same for whoever has typed it to a database elsewhere. */
export function pushCommand(name: string): Command {
  const command = withDatabase(new Command(name))
    .description('Apply the migrations that are not applied yet')
    .option('--dry-run', 'only tell which ones')
    .option('--include-all', 'on a hosted database, those too that are older than the last one applied')
    .action(async (options: PushOptions) => {
      const { migrateUp } = await import('../database/index.ts')
      await migrateUp(options)
    })
  return withExamples(command, [
    [`portico ${name === 'up' ? 'migration up' : 'db push'}`, "to the project's own database"],
    [`portico ${name === 'up' ? 'migration up' : 'db push'} --db-url postgresql://…`, 'to another, or to a hosted one'],
  ])
}

function repairCommand(): Command {
  const status = new Option('--status <status>', 'what to write').choices(['applied', 'reverted']).makeOptionMandatory()
  const command = withDatabase(new Command('repair'))
    .description('Correct the history of migrations; no SQL of them is run')
    .argument('[versions...]', 'which ones, by the digits of their files (default: all)', versionNumbers)
    .addOption(status)
    .option('--yes', 'do so for all')
    .action(async (versions: string[], options: RepairOptions) => {
      const { repairMigrations } = await import('../database/index.ts')
      await repairMigrations(versions, options)
    })
  return withExamples(command, [
    ['portico migration repair --status applied 20260131120000', 'the database has what it makes already'],
    ['portico migration repair --status reverted 20260131120000', 'it was taken back by hand'],
  ])
}

function fetchCommand(): Command {
  return withDatabase(new Command('fetch'))
    .description('Write the files of migrations that the history of the database has and supabase/migrations lacks')
    .action(async (options: DatabaseOptions) => {
      const { fetchMigrations } = await import('../database/index.ts')
      await fetchMigrations(options)
    })
}

function versionNumbers(given: string, before: string[] = []): string[] {
  return [...before, versionNumber(given)]
}

export function versionNumber(given: string): string {
  if (/^\d{1,20}$/.test(given)) return given
  throw new InvalidArgumentError('A version is the digits that the name of a migration begins with.')
}
