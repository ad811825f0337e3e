import { readField, readName, skipSpaces } from './field.ts'
import type { OrderTerm } from './request.ts'
import { Scanner } from './scanner.ts'

/** `order=name.desc.nullslast,author(name).asc` */
export function readOrder(text: string): OrderTerm[] {
  const scanner = new Scanner(text, 'order')
  const terms = [readTerm(scanner)]
  while (scanner.take(',')) terms.push(readTerm(scanner))
  scanner.end('","')
  return terms
}

function readTerm(scanner: Scanner): OrderTerm {
  skipSpaces(scanner)
  const related = scanner.attempt(() => {
    const relation = readName(scanner)
    if (!scanner.take('(')) return undefined
    const field = readField(scanner)
    scanner.expect(')')
    return { relation, field }
  })
  const subject = related ?? { field: readField(scanner) }
  const direction = scanner.match(/\.(?:asc|desc)/y)
  const nulls = scanner.match(/\.nulls(?:first|last)/y)
  skipSpaces(scanner)
  if (!scanner.done && scanner.next !== ',') {
    if (nulls !== undefined) scanner.end('","')
    if (!scanner.take('.')) scanner.end('delimiter (.), ","')
    scanner.fail(direction === undefined ? '"asc", "desc", "nullsfirst" or "nullslast"' : '"nullsfirst" or "nullslast"')
  }
  return {
    ...subject,
    descending: direction === '.desc',
    ...(nulls !== undefined && { nulls: nulls === '.nullsfirst' ? 'first' : 'last' }),
  }
}
