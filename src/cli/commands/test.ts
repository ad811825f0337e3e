import { Command, InvalidArgumentError, Option } from 'commander'
import { type ProjectOptions, withDatabase, withExamples, withProject } from '../options.ts'
import type { TestDbOptions } from '../test/index.ts'

export function testCommand(): Command {
  return new Command('test')
    .description('Test the database with the files of supabase/tests')
    .addCommand(testDbCommand('db'))
    .addCommand(newCommand())
}

/** `test db`, and `db test`, which Supabase's CLI takes for the same. */
export function testDbCommand(name: string): Command {
  const command = withDatabase(new Command(name))
    .description('Run tests written with pgTAP, each file in a session of its own as postgres')
    .argument('[paths...]', 'files, or folders of them (default: supabase/tests)')
    .action(async (paths: string[], options: TestDbOptions) => {
      const { testDb } = await import('../test/index.ts')
      await testDb(paths, options)
    })
  return withExamples(command, [
    ['portico test db', 'all tests; ends with status 1 if one fails'],
    ['portico test db supabase/tests/policies_test.sql --verbose', 'one, with all it prints'],
  ])
}

function newCommand(): Command {
  const command = withProject(new Command('new'))
    .description('Make a test in supabase/tests')
    .argument('<name>', 'what it tests', testName)
    .addOption(new Option('-t, --template <template>').choices(['pgtap']).hideHelp())
    .action(async (name: string, options: ProjectOptions) => {
      const { newTest } = await import('../test/index.ts')
      await newTest(name, options)
    })
  return withExamples(command, [['portico test new policies', 'supabase/tests/policies_test.sql']])
}

function testName(given: string): string {
  if (/^[\w.-]+(?:\/[\w.-]+)*$/.test(given) && !given.includes('..')) return given
  throw new InvalidArgumentError('A name has letters, digits, hyphens, underscores, and slashes between folders.')
}
