/** A piece of SQL text, as far as finding the ends of statements needs to know it. */
export type Piece =
  | { readonly kind: 'word'; readonly word: string; readonly end: number }
  | { readonly kind: 'semicolon' | 'open' | 'close' | 'backslash'; readonly end: number }
  /** Space and comments; between statements it belongs to none. */
  | { readonly kind: 'blank'; readonly end: number }
  /** A literal, an operator, a number: nothing to look into. */
  | { readonly kind: 'other'; readonly end: number }

const space = /[ \t\n\r\f\v]+/y
const word = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y
const number = /\d[\w.]*/y
const dollar = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y

/**
 * Reads the piece that starts at an offset, by the lexical rules of Postgres (`scan.l`) and psql (`psqlscan.l`):
 * nested comments, doubled quotes, E'' with backslashes, dollar quotes. What is not closed reaches to the end.
 */
export function scanPiece(text: string, at: number): Piece {
  const char = text.charAt(at)
  const next = text.charAt(at + 1)
  switch (char) {
    case ';':
      return { kind: 'semicolon', end: at + 1 }
    case '(':
      return { kind: 'open', end: at + 1 }
    case ')':
      return { kind: 'close', end: at + 1 }
    case '\\':
      return { kind: 'backslash', end: at + 1 }
    case "'":
      return { kind: 'other', end: endOfQuoted(text, at, "'", false) }
    case '"': {
      const end = endOfQuoted(text, at, '"', false)
      return { kind: 'word', word: text.slice(at, end), end }
    }
    case '-':
      if (next === '-') return { kind: 'blank', end: endOfLine(text, at) }
      break
    case '/':
      if (next === '*') return { kind: 'blank', end: endOfComment(text, at) }
      break
    case '$': {
      const tag = match(dollar, text, at)
      if (tag === undefined) break
      const close = text.indexOf(tag, at + tag.length)
      return { kind: 'other', end: close === -1 ? text.length : close + tag.length }
    }
  }
  const blank = match(space, text, at)
  if (blank !== undefined) return { kind: 'blank', end: at + blank.length }
  const name = match(word, text, at)
  if (name !== undefined) {
    const end = at + name.length
    if (/^e$/i.test(name) && text.charAt(end) === "'") return { kind: 'other', end: endOfQuoted(text, end, "'", true) }
    return { kind: 'word', word: name.toLowerCase(), end }
  }
  return { kind: 'other', end: at + (match(number, text, at)?.length ?? 1) }
}

export function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

function endOfQuoted(text: string, start: number, quote: string, backslashes: boolean): number {
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charAt(at)
    if (backslashes && char === '\\') at++
    else if (char === quote) {
      if (text.charAt(at + 1) !== quote) return at + 1
      at++
    }
  }
  return text.length
}

function endOfComment(text: string, start: number): number {
  const mark = /\/\*|\*\//g
  mark.lastIndex = start
  let depth = 0
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return mark.lastIndex
  }
  return text.length
}
