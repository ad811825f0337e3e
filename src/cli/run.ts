import { CommanderError } from 'commander'
import { fail, quietExperiments } from './failure.ts'
import { createProgram } from './program.ts'

/**
 * Runs one command line, and sets the process's exit code: 1 after a mistake or a failure, told on standard error.
 *
 * @param argv as in `process.argv`
 */
export async function run(argv: readonly string[]): Promise<void> {
  const verbose = argv.includes('--verbose') || Boolean(process.env.DEBUG)
  if (!verbose) quietExperiments()
  try {
    await createProgram().parseAsync([...argv])
  } catch (error) {
    // Commander has said it already.
    if (error instanceof CommanderError) process.exitCode = error.exitCode
    else fail(error, { verbose, json: argv.includes('--json') })
  }
}
