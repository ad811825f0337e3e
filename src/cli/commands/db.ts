import { Command } from 'commander'
import type { QueryOptions, ResetOptions } from '../database/index.ts'
import type { DbDiffOptions } from '../diff/index.ts'
import type { DumpOptions } from '../dump/index.ts'
import { outputOption, takesSilently, wholeNumber, withDatabase, withExamples } from '../options.ts'
import { migrationName, pushCommand, versionNumber } from './migration.ts'
import { testDbCommand } from './test.ts'

export function dbCommand(): Command {
  return new Command('db')
    .description("Work on the project's database, whether the backend runs or not")
    .addCommand(resetCommand())
    .addCommand(queryCommand())
    .addCommand(diffCommand())
    .addCommand(dumpCommand())
    .addCommand(pushCommand('push'))
    .addCommand(testDbCommand('test'), { hidden: true })
}

function resetCommand(): Command {
  const command = withDatabase(new Command('reset'))
    .description('Throw all data away and build the database anew from migrations and seed')
    .option('--no-seed', 'leave it without the rows of the seed')
    .option('--version <version>', 'apply the migrations up to this one, and no later ones', versionNumber)
    .option('--last <count>', 'apply all migrations but so many of the last', wholeNumber)
    .option('--yes', 'do so to the database of --db-url, too')
    .action(async (options: ResetOptions) => {
      const { reset } = await import('../database/index.ts')
      await reset(options)
    })
  return withExamples(command, [['portico db reset', 'back to what supabase/migrations and seed.sql say']])
}

function queryCommand(): Command {
  const command = withDatabase(new Command('query'))
    .description('Run SQL as the role postgres and print what it answers')
    .argument('[sql]', 'the statements; read from standard input when there is neither this nor --file')
    .option('--file <file>', 'read the statements from a file')
    .addOption(outputOption(['table', 'json', 'csv'], 'table'))
    .action(async (sql: string | undefined, options: QueryOptions) => {
      const { query } = await import('../database/index.ts')
      await query(sql, options)
    })
  return withExamples(command, [
    [`portico db query 'select * from notes'`, 'a table'],
    [`portico db query -o json 'select id, email from auth.users'`, 'a list of objects'],
    ['portico db query --file report.sql -o csv > report.csv', 'a file for a spreadsheet'],
  ])
}

function diffCommand(): Command {
  const engines = ['--use-migra', '--use-pgadmin', '--use-pg-schema', '--use-pg-delta']
  const command = takesSilently(withDatabase(new Command('diff')), ...engines)
    .description('Print the SQL that the migrations lack: towards supabase/schemas, or else towards the database')
    .option('-f, --file <name>', 'write it to a new migration of this name', migrationName)
    .option('-s, --schema <names>', "only these schemas, separated by commas (default: all of the project's own)")
    .action(async (options: DbDiffOptions) => {
      const { dbDiff } = await import('../diff/index.ts')
      await dbDiff(options)
    })
  return withExamples(command, [
    ['portico db diff', 'what was changed in the database, and is in no migration'],
    ['portico db diff -f add_tags', 'supabase/migrations/TIME_add_tags.sql'],
    ['portico db diff --db-url postgresql://…', 'what a database elsewhere has besides'],
  ])
}

function dumpCommand(): Command {
  const command = takesSilently(withDatabase(new Command('dump')), '--keep-comments')
    .description('Write the schema of the database as SQL, or its rows, or the roles')
    .option('-f, --file <file>', 'write it to a file in place of standard output')
    .option('-s, --schema <names>', "only these schemas, separated by commas (default: all of the project's own)")
    .option('--data-only', 'the rows, with accounts and the list of files')
    .option('--use-copy', 'rows for copy in place of insert')
    .option('-x, --exclude <tables...>', 'no rows of these, as schema.table')
    .option('--role-only', "the roles that are not the platform's, without passwords")
    .action(async (options: DumpOptions) => {
      const { dbDump } = await import('../dump/index.ts')
      await dbDump(options)
    })
  return withExamples(command, [
    ['portico db dump -f schema.sql', 'what makes the schema on a fresh database'],
    ['portico db dump --data-only --use-copy -f supabase/seed.sql', 'the rows, to begin with the next time'],
  ])
}
