import { pc } from '../colours.ts'
import type { Status } from './psql/index.ts'
import type { TapOutcome } from './tap.ts'

/** One file that ran. */
export interface Result extends TapOutcome {
  /** As it is printed. */
  readonly name: string
  readonly status: Status
}

export function hasFailed({ status, mistakes, tests, bailedOut }: Result): boolean {
  return status !== 0 || mistakes.length > 0 || bailedOut !== undefined || tests.some(({ passed }) => !passed)
}

/** What follows a file's name on its line, in the words of pg_prove, and why what failed did. */
export function verdict(result: Result): string {
  const { planned, skipped, tests, status } = result
  if (!hasFailed(result))
    return skipped === undefined ? `${pc.green('ok')}\n` : `skipped: ${skipped || '(no reason given)'}\n`
  const total = planned ?? tests.length
  const failed = tests.filter(({ passed }) => !passed)
  const missed = failed.length + Math.max(0, total - tests.length)
  const skips = tests.filter((test) => test.skipped).length
  const lines = [
    ...(status === 0
      ? []
      : [`Dubious, test returned ${status} (wstat ${status * 256}, 0x${(status * 256).toString(16)})`]),
    missed > 0 ? `Failed ${missed}/${total} subtests` : total > 0 ? `All ${total} subtests passed` : 'No subtests run',
    ...(skips > 0
      ? [`\t(less ${skips} skipped ${plural(skips, 'subtest')}: ${tests.length - failed.length - skips} okay)`]
      : []),
  ]
  return `${pc.red(lines.join('\n'))}\n${failed.flatMap(({ why }) => why.map((line) => `  ${line}\n`)).join('')}`
}

/** The summary of all files, in the words of pg_prove. */
export function summary(results: readonly Result[], seconds: number): string {
  const failed = results.filter(hasFailed)
  const noteworthy = results.filter((result) => hasFailed(result) || surprises(result).length > 0)
  const ran = results.reduce((sum, { tests }) => sum + tests.length, 0)
  const bailedOut = results.find((result) => result.bailedOut !== undefined)?.bailedOut
  return [
    ...(bailedOut === undefined ? [] : [`Bailout called.  Further testing stopped:  ${bailedOut}`]),
    ...(failed.length === 0 && ran > 0 ? [pc.green('All tests successful.')] : []),
    ...(noteworthy.length > 0
      ? ['', 'Test Summary Report', '-------------------', ...noteworthy.flatMap(account)]
      : []),
    `Files=${results.length}, Tests=${ran}, ${String(Math.round(seconds)).padStart(2)} wallclock secs`,
    `Result: ${failed.length > 0 ? pc.red('FAIL') : ran > 0 ? pc.green('PASS') : 'NOTESTS'}`,
    '',
  ].join('\n')
}

function account(result: Result): string[] {
  const { name, status, tests, mistakes } = result
  const failed = tests.filter(({ passed }) => !passed).map(({ number }) => number)
  const exited = status === 0 ? '0' : `${status * 256} (exited ${status})`
  const surprising = surprises(result)
  return [
    `${name} (Wstat: ${exited} Tests: ${tests.length} Failed: ${failed.length})`,
    ...(failed.length > 0 ? [`  Failed ${plural(failed.length, 'test')}:  ${ranges(failed)}`] : []),
    ...(surprising.length > 0 ? [`  TODO passed:   ${ranges(surprising)}`] : []),
    ...(status === 0 ? [] : [`  Non-zero exit status: ${status}`]),
    ...mistakes.map((mistake, at) => `${at === 0 ? '  Parse errors: ' : '                '}${mistake}`),
  ]
}

function surprises({ tests }: Result): number[] {
  return tests.filter(({ surprising }) => surprising).map(({ number }) => number)
}

/** `1, 3-5` */
function ranges(numbers: readonly number[]): string {
  const runs: [first: number, last: number][] = []
  for (const number of numbers) {
    const run = runs.at(-1)
    if (run && run[1] === number - 1) run[1] = number
    else runs.push([number, number])
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ')
}

function plural(count: number, word: string): string {
  return count === 1 ? word : `${word}s`
}
