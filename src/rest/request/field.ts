import type { Field, JsonStep } from './request.ts'
import type { Scanner } from './scanner.ts'

const spaces = /[ \t]*/y
const identifier = /[\p{L}\p{N}_ $]+/uy
const dash = /-(?!>)/y
const jsonKey = /[^(:.,>)-]+/y
const keyExpected = '"-", digit or any non reserved character different from: .,>()'
const jsonIndex = /[+-]?\d+(?=->|::|\.|,|\)|$)/y

export function skipSpaces(scanner: Scanner): void {
  scanner.match(spaces)
}

/** A name: quoted, or of letters, digits, `_`, `$`, spaces, and dashes between them. */
export function readName(scanner: Scanner): string {
  return readQuoted(scanner) ?? readDashed(scanner, identifier, 'field name (* or [a..z0..9_$])')
}

/** `"…"`, where a backslash escapes any character. */
export function readQuoted(scanner: Scanner): string | undefined {
  if (scanner.next !== '"') return undefined
  const quoted = scanner.match(/"(?:[^\\"]|\\.)*"/suy)
  if (quoted === undefined) return scanner.fail('closing quote')
  return quoted.slice(1, -1).replaceAll(/\\(.)/gsu, '$1')
}

function readDashed(scanner: Scanner, part: RegExp, expected: string): string {
  const parts: string[] = []
  do {
    parts.push((scanner.match(part) ?? scanner.fail(expected)).trim())
  } while (scanner.match(dash))
  return parts.join('-')
}

/** A column and the path into its JSON: `data->a->>b`. */
export function readField(scanner: Scanner): Field {
  skipSpaces(scanner)
  const name = readName(scanner)
  const path = readJsonPath(scanner)
  skipSpaces(scanner)
  return { name, path }
}

export function readJsonPath(scanner: Scanner): JsonStep[] {
  const path: JsonStep[] = []
  while (scanner.looksAt(/->/y)) {
    const text = scanner.take('->>')
    if (!text) scanner.expect('->')
    const index = scanner.match(jsonIndex)
    if (index === undefined && scanner.take('-')) scanner.fail('digit')
    const key = index ?? readQuoted(scanner) ?? readDashed(scanner, jsonKey, keyExpected)
    path.push({ text, ...(index === undefined ? { key } : { index: Number(index) }) })
  }
  return path
}
