/** A statement of a regress file, with what psql printed for it. */
export interface RegressStatement {
  /** Of its first line, from 1. */
  readonly line: number
  readonly sql: string
  /** As psql printed it; empty where it prints nothing. */
  readonly output: string
}

/**
 * Takes a `pg_regress` case apart. The expected file repeats the script line by line (psql's `--echo-all`, which leaves
 * out empty lines between statements) with each statement's output after its last line.
 */
export function readRegressFile(script: string, expected: string): RegressStatement[] {
  const lines = script.split('\n')
  const printed = expected.split('\n')
  const outputs = new Map<number, string[]>()
  let at = 0
  lines.forEach((line, i) => {
    if (line.trim() === '' && printed[at] !== line) return
    const next = printed.indexOf(line, at)
    if (next < 0) return
    outputs.set(i - 1, printed.slice(at, next))
    at = next + 1
  })
  outputs.set(lines.length - 1, printed.slice(at))

  const between = (first: number, last: number) =>
    Array.from({ length: last - first + 1 }, (_, i) => outputs.get(first + i) ?? []).flat()
  const statements = splitStatements(script)
  return statements.map(({ sql, start, end }, i) => {
    const next = statements[i + 1]?.end
    const until = next === undefined ? lines.length - 1 : Math.max(lineOf(script, next) - 1, lineOf(script, end))
    return { line: lineOf(script, start) + 1, sql, output: between(lineOf(script, end), until).join('\n') }
  })
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length - 1
}

/** What may hold a semicolon that ends nothing. */
const opaque = /--[^\n]*|\/\*[\s\S]*?\*\/|(\$\w*\$)[\s\S]*?\1|[eE]'(?:\\.|''|[^'\\])*'|'(?:''|[^'])*'|"(?:""|[^"])*"/y

function splitStatements(script: string): { sql: string; start: number; end: number }[] {
  const statements: { sql: string; start: number; end: number }[] = []
  let start = 0
  for (let i = 0; i < script.length; ) {
    opaque.lastIndex = i
    const skipped = opaque.exec(script)
    if (skipped) {
      // Comments before a statement are none of its lines.
      if (skipped[0].startsWith('--') && script.slice(start, i).trim() === '') start = opaque.lastIndex
      i = opaque.lastIndex
      continue
    }
    if (script[i] === ';') {
      const sql = script.slice(start, i + 1)
      const blank = sql.length - sql.trimStart().length
      statements.push({ sql: sql.trim(), start: start + blank, end: i })
      start = i + 1
    }
    i++
  }
  return statements
}

/** The one value that an aligned table of psql holds; undefined where it holds none. */
export function tableValue(output: string): string | undefined {
  const lines = output.split('\n')
  const rule = lines.findIndex((line) => /^-+$/.test(line.trim()) && line.startsWith('-'))
  const end = lines.findLastIndex((line) => /^\(\d+ rows?\)$/.test(line))
  if (rule < 0 || end < 0) return undefined
  return lines
    .slice(rule + 1, end)
    .map((line) => line.replace(/^ /, '').replace(/\s*\+?$/, ''))
    .join('\n')
}
