import { endOfLine, type Piece, scanPiece } from './scan-sql.ts'

/** One statement of a SQL file, where it stands, and what its words say. */
export interface Statement {
  /** Without the semicolon, and without comments before it. */
  readonly text: string
  /** Where it starts in the file, in UTF-16 units. */
  readonly offset: number
  /** Its words outside parentheses: keywords and names in lower case, quoted names as they are written. */
  readonly words: readonly string[]
  /** The lines that follow `copy … from stdin;`, up to `\.`. */
  readonly data?: string
}

/** A line that is psql's, not Postgres': `\connect other`. */
export interface MetaCommand {
  readonly meta: string
  readonly offset: number
}

/**
 * Splits a SQL file into its statements as psql does. A parser of Postgres' grammar (libpg-query: megabytes of
 * WebAssembly, one grammar version behind the server) would refuse what only a newer server understands and say nothing of a file
 * with a mistake in it; where statements end is all that is needed here.
 *
 * @public
 */
export function splitSql(text: string): (Statement | MetaCommand)[] {
  const found: (Statement | MetaCommand)[] = []
  let at = text.startsWith('\ufeff') ? 1 : 0
  while (at < text.length) {
    const piece = scanPiece(text, at)
    if (piece.kind === 'blank' || piece.kind === 'semicolon') {
      at = piece.end
    } else if (piece.kind === 'backslash') {
      const end = endOfLine(text, at)
      found.push({ meta: text.slice(at, end).trim(), offset: at })
      at = end
    } else {
      const [statement, end] = readStatement(text, at)
      found.push(statement)
      at = end
    }
  }
  return found
}

function readStatement(text: string, offset: number): [Statement, end: number] {
  const open = new OpenStatement()
  let at = offset
  /** Where its last piece ends: what follows is blank. */
  let last = offset
  while (at < text.length) {
    const piece = scanPiece(text, at)
    if (open.take(piece)) break
    at = piece.end
    if (piece.kind !== 'blank') last = at
  }
  const statement = { text: text.slice(offset, last), offset, words: open.words }
  const copied = readCopied(text, at, open.words)
  return copied ? [{ ...statement, data: copied.data }, copied.end] : [statement, at]
}

/** What is known of a statement that is being read: enough to tell where it ends. */
export class OpenStatement {
  readonly words: string[] = []
  #parentheses = 0
  #blocks = 0

  /** Takes its next piece, and tells whether that is the semicolon behind it. */
  take(piece: Piece): boolean {
    if (piece.kind === 'semicolon') return this.#parentheses === 0 && this.#blocks === 0
    if (piece.kind === 'open') this.#parentheses++
    else if (piece.kind === 'close') this.#parentheses = Math.max(0, this.#parentheses - 1)
    else if (piece.kind === 'word' && this.#parentheses === 0) {
      this.words.push(piece.word)
      this.#blocks = countBlocks(this.#blocks, piece.word, this.words)
    }
    return false
  }
}

/** The lines that follow `copy … from stdin`, whose semicolon is at an offset; undefined behind any other statement. */
export function readCopied(
  text: string,
  at: number,
  words: readonly string[],
): { readonly data: string; readonly end: number } | undefined {
  if (!isCopyFromStdin(words)) return undefined
  const [data, end] = readData(text, Math.min(endOfLine(text, at) + 1, text.length))
  return { data, end }
}

/** A function's body may be SQL itself: `begin atomic … end`, with semicolons inside, and `case … end` among them. */
function countBlocks(blocks: number, word: string, words: readonly string[]): number {
  const [create, second, third, fourth] = words
  const what = second === 'or' && third === 'replace' ? fourth : second
  if (create !== 'create' || (what !== 'function' && what !== 'procedure')) return 0
  if (word === 'begin') return blocks + 1
  if (word === 'case') return blocks > 0 ? blocks + 1 : 0
  if (word === 'end') return Math.max(0, blocks - 1)
  return blocks
}

function isCopyFromStdin(words: readonly string[]): boolean {
  return words[0] === 'copy' && words.some((word, i) => word === 'from' && words[i + 1] === 'stdin')
}

/** The data lines from here to `\.`, each with its line break. */
function readData(text: string, from: number): [data: string, end: number] {
  const close = /^\\\.\r?$/gm
  close.lastIndex = from
  const found = close.exec(text)
  if (!found) return [text.slice(from), text.length]
  return [text.slice(from, found.index), found.index + found[0].length]
}
