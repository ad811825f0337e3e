import { Command, InvalidArgumentError } from 'commander'
import { type DatabaseOptions, type ProjectOptions, withDatabase, withExamples, withProject } from '../options.ts'

export function migrationCommand(): Command {
  return new Command('migration')
    .description('Make, list and apply the files of supabase/migrations')
    .addCommand(newCommand())
    .addCommand(listCommand())
    .addCommand(upCommand())
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

function migrationName(given: string): string {
  if (!/[a-z0-9]/i.test(given)) throw new InvalidArgumentError('A name has letters or digits.')
  return given
}

function listCommand(): Command {
  return withDatabase(new Command('list'))
    .description('List the migrations, applied or not')
    .action(async (options: DatabaseOptions) => {
      const { listAllMigrations } = await import('../database/index.ts')
      await listAllMigrations(options)
    })
}

function upCommand(): Command {
  return withDatabase(new Command('up'))
    .description('Apply the migrations that are not applied yet')
    .action(async (options: DatabaseOptions) => {
      const { migrateUp } = await import('../database/index.ts')
      await migrateUp(options)
    })
}
