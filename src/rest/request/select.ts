import { readField, readName, skipSpaces } from './field.ts'
import type { Aggregate, SelectItem } from './request.ts'
import { Scanner } from './scanner.ts'

/** Deeper trees of embedded resources are refused. */
const maxDepth = 32

/** `select=id,name:title,author:users!fk!inner(name),...details(*)` */
export function readSelect(text: string): SelectItem[] {
  const scanner = new Scanner(text, 'select parameter')
  if (text.trim() === '') return []
  // What follows the last item is nobody's, as it is to PostgREST: `select=id)`.
  return readItems(scanner, 0)
}

function readItems(scanner: Scanner, depth: number): SelectItem[] {
  if (depth > maxDepth) scanner.fail(`at most ${maxDepth} levels of embedding`)
  skipSpaces(scanner)
  if (depth > 0 && scanner.next === ')') return []
  const items = [readItem(scanner, depth)]
  while (scanner.take(',')) items.push(readItem(scanner, depth))
  return items
}

function readItem(scanner: Scanner, depth: number): SelectItem {
  skipSpaces(scanner)
  const embed = scanner.attempt(() => readEmbedHead(scanner))
  if (embed) {
    scanner.expect('(')
    const select = readItems(scanner, depth + 1)
    scanner.expect(')')
    skipSpaces(scanner)
    return { ...embed, select }
  }
  const field = readFieldItem(scanner)
  skipSpaces(scanner)
  if (!scanner.done && scanner.next !== ',' && scanner.next !== ')') {
    scanner.fail('letter, digit, "-", "->>", "->", "::", ".", ")", "," or end of input', "'")
  }
  return field
}

type EmbedHead = Omit<SelectItem & { kind: 'embed' }, 'select'>

function readEmbedHead(scanner: Scanner): EmbedHead | undefined {
  const spread = scanner.take('...')
  const alias = spread ? undefined : readAlias(scanner)
  const name = readName(scanner)
  if (name === 'count' && scanner.looksAt(/\(\)/y)) return undefined
  let hint: string | undefined
  let join: 'inner' | 'left' | undefined
  while (scanner.take('!')) {
    const part = readName(scanner)
    if (part === 'inner' || part === 'left') join ??= part
    else hint ??= part
  }
  if (scanner.next !== '(') return undefined
  return {
    kind: 'embed',
    name,
    spread,
    ...(alias !== undefined && { alias }),
    ...(hint !== undefined && { hint }),
    ...(join !== undefined && { join }),
  }
}

function readFieldItem(scanner: Scanner): SelectItem {
  if (scanner.take('*')) return { kind: 'field', field: { name: '*', path: [] } }
  const alias = readAlias(scanner)
  const named = alias === undefined ? {} : { alias }
  if (scanner.take('count()')) {
    const aggregateCast = readCast(scanner)
    return {
      kind: 'field',
      field: { name: '*', path: [] },
      aggregate: 'count',
      ...aggregateCastOf(aggregateCast),
      ...named,
    }
  }
  const field = readField(scanner)
  const cast = readCast(scanner)
  const aggregate = scanner.match(/\.(?:sum|avg|count|max|min)\(\)/y)?.slice(1, -2) as Aggregate | undefined
  const aggregateCast = aggregate && readCast(scanner)
  return {
    kind: 'field',
    field,
    ...named,
    ...(cast !== undefined && { cast }),
    ...(aggregate !== undefined && { aggregate }),
    ...aggregateCastOf(aggregateCast),
  }
}

function aggregateCastOf(aggregateCast: string | undefined): { aggregateCast?: string } {
  return aggregateCast === undefined ? {} : { aggregateCast }
}

/** `alias:`, but not the `::` of a cast. */
function readAlias(scanner: Scanner): string | undefined {
  return scanner.attempt(() => {
    const name = readName(scanner)
    return scanner.match(/:(?!:)/y) ? name : undefined
  })
}

function readCast(scanner: Scanner): string | undefined {
  if (!scanner.take('::')) return undefined
  return (scanner.match(/[\p{L}\p{N}_ $]+/uy) ?? scanner.fail('letter or digit')).trim()
}
