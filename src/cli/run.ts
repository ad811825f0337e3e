import { CommanderError } from 'commander'
import { commandFirst } from './anywhere.ts'
import { fail, quietExperiments } from './failure.ts'
import { createProgram } from './program.ts'

/**
 * Runs one command line, and sets the process's exit code: 1 after a mistake or a failure, told on standard error.
 *
 * @param argv as in `process.argv`
 */
export async function run(argv: readonly string[]): Promise<void> {
  const verbose = argv.includes('--verbose') || argv.includes('--debug') || Boolean(process.env.DEBUG)
  if (!verbose) quietExperiments()
  // A pipe whose reader has heard enough (`| head`), or a terminal that is closed, is no reason to die.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  try {
    await createProgram().parseAsync([...argv.slice(0, 2), ...commandFirst(argv.slice(2))])
  } catch (error) {
    // Commander has said it already.
    if (error instanceof CommanderError) process.exitCode = error.exitCode
    else fail(error, { verbose, json: argv.includes('--json') })
  }
}
