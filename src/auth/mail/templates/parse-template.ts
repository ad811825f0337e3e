import { type Expression, parseExpression } from './expression.ts'
import { type Piece, scanTemplate, TemplateError } from './scan-template.ts'

/** A template as a tree. */
export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly value: Expression }
  | {
      readonly kind: 'if' | 'with' | 'range'
      readonly value: Expression
      readonly body: readonly TemplateNode[]
      readonly otherwise: readonly TemplateNode[]
    }

/**
 * Reads the part of Go's template language that mails use: values, functions and pipelines, `if`, `else if`, `else`,
 * `with`, `range`. Variables, definitions and blocks are refused. See https://pkg.go.dev/text/template.
 */
export function parseTemplate(source: string): readonly TemplateNode[] {
  const pieces = [...scanTemplate(source)]
  const nodes = parseUntil(pieces, [])
  return nodes
}

/** Takes pieces up to one of the words; none means up to the end. */
function parseUntil(pieces: Piece[], words: readonly string[]): TemplateNode[] {
  const nodes: TemplateNode[] = []
  for (;;) {
    const piece = pieces.shift()
    if (!piece) {
      if (words.length > 0) throw new TemplateError('an end is missing')
      return nodes
    }
    if (piece.kind === 'text') {
      nodes.push(piece)
      continue
    }
    const [, word = '', rest = ''] = /^(\w*)\s*([\s\S]*)$/.exec(piece.source) ?? []
    if (words.includes(word)) {
      pieces.unshift(piece)
      return nodes
    }
    if (word === 'if' || word === 'with' || word === 'range') nodes.push(parseBlock(pieces, word, rest))
    else if (reserved.has(word)) throw new TemplateError(`${word} cannot stand here, or is not supported`)
    else nodes.push({ kind: 'output', value: parseExpression(piece.source) })
  }
}

const reserved = new Set(['else', 'end', 'define', 'template', 'block', 'break', 'continue'])

function parseBlock(pieces: Piece[], kind: 'if' | 'with' | 'range', condition: string): TemplateNode {
  const value = parseExpression(condition)
  const body = parseUntil(pieces, ['else', 'end'])
  const closing = pieces.shift()
  const [, chained, rest = ''] =
    /^else(?:\s+(if|with)\s+([\s\S]*))?$/.exec(closing?.kind === 'action' ? closing.source : '') ?? []
  if (closing?.kind === 'action' && closing.source === 'end') return { kind, value, body, otherwise: [] }
  // The inner block takes the end that closes both.
  if (chained === 'if' || chained === 'with')
    return { kind, value, body, otherwise: [parseBlock(pieces, chained, rest)] }
  const otherwise = parseUntil(pieces, ['end'])
  pieces.shift()
  return { kind, value, body, otherwise }
}
