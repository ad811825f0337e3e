/** One test of a file. */
export interface TapTest {
  readonly number: number
  /** Whether it counts as passed: one that is to do counts whatever it says. */
  readonly passed: boolean
  readonly skipped: boolean
  /** It is to do, and passed all the same. */
  readonly surprising: boolean
  /** The lines that tell why it failed: itself, and the comments that follow. */
  readonly why: readonly string[]
}

/** What a file's output says. */
export interface TapOutcome {
  /** Undefined: no plan was ever made. */
  readonly planned: number | undefined
  /** Why the whole file was skipped. */
  readonly skipped: string | undefined
  readonly tests: readonly TapTest[]
  /** What is wrong with the output itself, in the words of TAP::Parser. */
  readonly mistakes: readonly string[]
  /** Why no further test is to run, of this file or of any other. */
  readonly bailedOut: string | undefined
}

const planLine = /^1\.\.(\d+)(?:\s*#\s*skip\S*\s*(.*))?\s*$/i
const testLine = /^(not )?ok\b(?:\s+(\d+))?[^#\\]*((?:\\.[^#\\]*)*)(?:#\s*(todo|skip)\b.*)?/i

/**
 * Reads output by the Test Anything Protocol, version 12, as pgTAP writes it and TAP::Parser judges it; indented lines are
 * subtests, which the test behind them sums up. Whatever is not TAP is let be. The parsers of npm are made for version 14
 * and bring a parser of YAML along, which no pgTAP writes.
 */
export function readTap(output: readonly string[]): TapOutcome {
  const tests: (TapTest & { why: string[] })[] = []
  const mistakes: string[] = []
  let planned: number | undefined
  let skipped: string | undefined
  let bailedOut: string | undefined
  let planAfter = 0
  for (const line of output) {
    const plan = planLine.exec(line)
    const test = testLine.exec(line)
    if (plan) {
      if (planned !== undefined) mistakes.push('More than one plan found in TAP output')
      planned ??= Number(plan[1])
      planAfter = tests.length
      if (planned === 0) skipped = plan[2] ?? ''
    } else if (test) {
      tests.push(readTest(line, test, tests.length + 1, mistakes))
    } else if (line.startsWith('#')) {
      tests.at(-1)?.why.push(line)
    } else if (/^Bail out!/i.test(line)) {
      bailedOut = line.slice('Bail out!'.length).trim()
      break
    }
  }
  if (planned === undefined) mistakes.push('No plan found in TAP output')
  else {
    if (planAfter > 0 && planAfter < tests.length) {
      mistakes.push(`Plan (1..${planned}) must be at the beginning or end of the TAP output`)
    }
    if (planned !== tests.length && bailedOut === undefined) {
      mistakes.push(`Bad plan.  You planned ${planned} tests but ran ${tests.length}.`)
    }
  }
  return { planned, skipped, tests, mistakes, bailedOut }
}

function readTest(
  line: string,
  [, not, number, , directive = '']: RegExpExecArray,
  expected: number,
  mistakes: string[],
) {
  const found = number === undefined ? expected : Number(number)
  if (found !== expected) mistakes.push(`Tests out of sequence.  Found (${found}) but expected (${expected})`)
  const [isOk, isToDo] = [not === undefined, /todo/i.test(directive)]
  return {
    number: expected,
    passed: isOk || isToDo,
    skipped: /skip/i.test(directive),
    surprising: isOk && isToDo,
    why: [line],
  }
}
