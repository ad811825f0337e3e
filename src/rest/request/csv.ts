import { badBody } from '../errors/index.ts'

/** Rows of a CSV (RFC 4180) with a header, as objects of texts; `NULL` is null. */
export function readCsv(text: string): Record<string, string | null>[] {
  const [header, ...lines] = readLines(text)
  if (!header) throw badBody('not enough input')
  return lines.map((line) => {
    if (line.length !== header.length) throw badBody('All lines must have same number of fields')
    return Object.fromEntries(header.map((name, i) => [name, line[i] === 'NULL' ? null : (line[i] ?? '')]))
  })
}

function readLines(text: string): string[][] {
  const lines: string[][] = []
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y
  let line: string[] = []
  while (cell.lastIndex < text.length) {
    const found = cell.exec(text)
    if (!found) throw badBody('invalid CSV')
    line.push(found[1] === undefined ? (found[2] ?? '') : found[1].replaceAll('""', '"'))
    if (found[3] === ',') {
      if (cell.lastIndex >= text.length) line.push('')
      else continue
    }
    lines.push(line)
    line = []
  }
  return lines
}
