import type { Cells } from './change.ts'

export interface Tuple {
  readonly cells: Cells
}

/**
 * Reads the row or rows of a change: ` id[integer]:1 body[text]:'it''s'`, and before an UPDATE's new row perhaps
 * ` old-key: … new-tuple:`. Names and types are quoted as identifiers are, so no name can pass for anything else.
 */
export function readCells(text: string): readonly Tuple[] {
  const tuples: Tuple[] = []
  let cells: Map<string, string | null> | undefined
  const begin = () => {
    cells = new Map()
    tuples.push({ cells })
  }
  let at = 0
  while (at < text.length) {
    if (text[at] === ' ') at++
    else if (text.startsWith('(no-tuple-data)', at)) break
    else if (text.startsWith('old-key:', at)) {
      begin()
      at += 'old-key:'.length
    } else if (text.startsWith('new-tuple:', at)) {
      begin()
      at += 'new-tuple:'.length
    } else {
      if (!cells) begin()
      at = readCell(text, at, cells as unknown as Map<string, string | null>)
    }
  }
  return tuples
}

/** @returns where the next one begins */
function readCell(text: string, from: number, cells: Map<string, string | null>): number {
  const typed = text[from] === '"' ? endOfQuoted(text, from, '"') : text.indexOf('[', from)
  const name = text[from] === '"' ? unquoted(text, from, typed, '"') : text.slice(from, typed)
  const at = endOfType(text, typed) + 1
  if (text[at] === "'" || text.startsWith("B'", at)) {
    const opening = text[at] === "'" ? at : at + 1
    const end = endOfQuoted(text, opening, "'")
    cells.set(name, unquoted(text, opening, end, "'"))
    return end
  }
  const space = text.indexOf(' ', at)
  const end = space === -1 ? text.length : space
  const value = text.slice(at, end)
  // A large value that was not changed is not in the log.
  if (value !== 'unchanged-toast-datum') cells.set(name, value === 'null' ? null : value)
  return end
}

/** Behind the closing quote; two quotes within stand for one. */
function endOfQuoted(text: string, opening: number, quote: string): number {
  let at = opening + 1
  for (;;) {
    const next = text.indexOf(quote, at)
    if (next === -1) throw new Error('A change breaks off.')
    if (text[next + 1] !== quote) return next + 1
    at = next + 2
  }
}

function unquoted(text: string, opening: number, end: number, quote: string): string {
  const inner = text.slice(opening + 1, end - 1)
  return inner.includes(quote) ? inner.replaceAll(quote + quote, quote) : inner
}

/** The colon behind `[integer[]]`. */
function endOfType(text: string, opening: number): number {
  let depth = 0
  for (let at = opening; at < text.length; at++) {
    const character = text[at]
    if (character === '"') at = endOfQuoted(text, at, '"') - 1
    else if (character === '[') depth++
    else if (character === ']' && --depth === 0) return at + 1
  }
  throw new Error('A change breaks off.')
}
