import { arrayText } from '#database'
import { readQuoted, skipSpaces } from './field.ts'
import type { Quantifier, Test } from './request.ts'
import type { Scanner } from './scanner.ts'
import type { Values } from './values.ts'

const quantified = /(?:gte|gt|lte|lt|eq|like|ilike|match|imatch)(?=[(.])/y
const simple = /(?:neq|cs|cd|ov|sl|sr|nxr|nxl|adj)(?=\.)/y
const search = /(?:fts|plfts|phfts|wfts)(?=[(.])/y

/** How a single value is read: to the end of the text, or within a list. */
export type ReadValue = (scanner: Scanner) => string

export const readRest: ReadValue = (scanner) => {
  const rest = scanner.text.slice(scanner.at)
  scanner.at = scanner.text.length
  return rest
}

/** `not.eq.5`, `in.(1,2)`, `is.null`, `fts(english).cat` */
export function readTest(
  scanner: Scanner,
  values: Values,
  readValue: ReadValue,
): { readonly negated: boolean; readonly test: Test } {
  const negated = scanner.take('not.')
  return { negated, test: readOperation(scanner, values, readValue) }
}

function readOperation(scanner: Scanner, values: Values, readValue: ReadValue): Test {
  if (scanner.take('in.')) {
    const items = readList(scanner)
    // `in.()` means no item, not an empty text.
    const empty = items.length === 1 && items[0] === ''
    return { kind: 'in', value: values.add(arrayText(empty ? [] : items)) }
  }
  if (scanner.take('is.')) return { kind: 'is', what: readIs(scanner) }
  if (scanner.take('isdistinct.')) return { kind: 'distinct', value: values.add(readValue(scanner)) }

  const searching = scanner.match(search)
  if (searching !== undefined) {
    const language = readParenthesised(scanner, /\([\p{L}\p{N}_ $]+\)/uy)
    scanner.expect('.', 'delimiter (.)')
    const languageRef = language === undefined ? {} : { language: values.add(language) }
    return { kind: 'search', operator: searching, ...languageRef, value: values.add(readValue(scanner)) }
  }
  const plain = scanner.match(simple)
  if (plain !== undefined) {
    scanner.expect('.')
    return { kind: 'compare', operator: plain, value: values.add(readValue(scanner)) }
  }
  const operator = scanner.match(quantified)
  if (operator === undefined) return scanner.fail('"not" or operator (eq, gt, ...)')
  const quantifier = readParenthesised(scanner, /\((?:any|all)\)/y) as Quantifier | undefined
  scanner.expect('.', 'operator (eq, gt, ...)')
  const given = readValue(scanner)
  // A `%` in a URL has to be escaped; a `*` need not be.
  const value = values.add(operator.endsWith('like') ? given.replaceAll('*', '%') : given)
  return { kind: 'compare', operator, ...(quantifier && { quantifier }), value }
}

function readParenthesised(scanner: Scanner, pattern: RegExp): string | undefined {
  return scanner.match(pattern)?.slice(1, -1)
}

function readIs(scanner: Scanner): (Test & { kind: 'is' })['what'] {
  const word = scanner.match(/not_null|null|true|false|unknown/iy)?.toLowerCase()
  if (word === undefined) return scanner.fail('isVal: (null, not_null, true, false, unknown)')
  return word === 'not_null' ? 'not null' : (word as 'null' | 'true' | 'false' | 'unknown')
}

function readList(scanner: Scanner): string[] {
  skipSpaces(scanner)
  scanner.expect('(')
  skipSpaces(scanner)
  const items = [readItem(scanner)]
  while (scanner.take(',')) items.push(readItem(scanner))
  scanner.expect(')')
  skipSpaces(scanner)
  return items
}

/** An item of a list: quoted where what follows is the item's end, else all up to there. */
export function readItem(scanner: Scanner): string {
  const quoted = scanner.attempt(() => {
    const text = readQuoted(scanner)
    return scanner.looksAt(/[,)]|$/y) ? text : undefined
  })
  return quoted ?? scanner.match(/[^,)]*/y) ?? ''
}
