import { readField, readName, skipSpaces } from './field.ts'
import { type ReadValue, readItem, readTest } from './filter.ts'
import type { At, Logic } from './request.ts'
import { Scanner } from './scanner.ts'
import type { Values } from './values.ts'

/** Deeper trees are refused. */
const maxDepth = 64

/** `or=(a.eq.1,and(b.gt.2,b.lt.5))`, `messages.not.and=(…)` */
export function readLogic(key: string, text: string, values: Values): At<Logic> {
  const keys = new Scanner(key, 'logic path')
  const names = [readName(keys)]
  while (keys.take('.')) names.push(readName(keys))
  keys.end('delimiter (.)')
  const operator = names.pop() as 'and' | 'or'
  const negated = names.includes('not')
  const path = names.filter((name) => name !== 'not')

  const scanner = new Scanner(`${negated ? 'not.' : ''}${operator}${text}`, 'logic tree', text)
  return { path, of: readTree(scanner, values, 0) }
}

function readTree(scanner: Scanner, values: Values, depth: number): Logic {
  if (depth > maxDepth) scanner.fail(`at most ${maxDepth} levels`)
  skipSpaces(scanner)
  const group = scanner.match(/(?:not\.)?(?:and|or)[ \t]*\(/y)
  if (group !== undefined) {
    const of = [readTree(scanner, values, depth + 1)]
    while (scanner.take(',')) of.push(readTree(scanner, values, depth + 1))
    scanner.expect(')', '"," or ")"')
    skipSpaces(scanner)
    return { kind: group.includes('and') ? 'and' : 'or', negated: group.startsWith('not.'), of }
  }
  if (!scanner.looksAt(/["\p{L}\p{N}_ $]/uy)) {
    scanner.fail('field name (* or [a..z0..9_$]), negation operator (not) or logic operator (and, or)')
  }
  const field = readField(scanner)
  scanner.expect('.', 'delimiter (.)')
  const { negated, test } = readTest(scanner, values, readMember)
  skipSpaces(scanner)
  return { kind: 'test', field, negated, test }
}

/** A value within a tree: quoted, a Postgres array, or all up to the next `,` or `)`. */
const readMember: ReadValue = (scanner) => scanner.match(/\{[^{}]*\}/y) ?? readItem(scanner)
