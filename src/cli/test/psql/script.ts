import { OpenStatement, readCopied, scanPiece } from '#database'
import { readArguments } from './arguments.ts'
import { readReference, type Variables } from './variables.ts'

/** A statement with a place: the line of the file it starts in, from 1. */
export interface Query {
  readonly text: string
  readonly words: readonly string[]
  readonly line: number
}

export type Command =
  | (Query & { readonly kind: 'statement'; readonly data?: string })
  /** `open` is the statement that it stands in the middle or at the end of: `select 1 \gset`. */
  | {
      readonly kind: 'meta'
      readonly name: string
      readonly words: readonly string[]
      readonly line: number
      readonly open: Query | undefined
    }

const name = /\\([a-z_]+|[!?;])?/iy

/** Reads a file command by command, as psql does: each with the values that variables have once it is reached. */
export class Script {
  readonly #text: string
  #at: number
  #query = ''
  #start = 0
  #open = new OpenStatement()

  constructor(text: string) {
    this.#text = text
    this.#at = text.startsWith('\ufeff') ? 1 : 0
  }

  /** @throws Error for a command whose arguments cannot be read. */
  next(variables: Variables): Command | undefined {
    const text = this.#text
    while (this.#at < text.length) {
      const reference = text.charAt(this.#at) === ':' ? this.#readColon(variables) : undefined
      if (reference) {
        this.#add(reference.value, reference.end)
        continue
      }
      const piece = scanPiece(text, this.#at)
      if (piece.kind === 'backslash') {
        const command = this.#readMeta(variables)
        if (command) return command
      } else if (this.#open.take(piece)) {
        const statement = this.#finish(piece.end)
        if (statement) return statement
      } else if (this.#query === '' && piece.kind === 'blank') {
        this.#at = piece.end
      } else {
        this.#append(text.slice(this.#at, piece.end), piece.end)
      }
    }
    // psql sends what has no semicolon once the file ends.
    return this.#finish(text.length)
  }

  /** Forgets the statement that was open when a command was met. */
  drop(): void {
    this.#query = ''
    this.#open = new OpenStatement()
  }

  #readColon(variables: Variables): { value: string; end: number } | undefined {
    const [both] = /^:[:=]/.exec(this.#text.slice(this.#at, this.#at + 2)) ?? []
    return both ? { value: both, end: this.#at + 2 } : readReference(this.#text, this.#at, variables)
  }

  /** What a variable holds is part of the statement; a semicolon in it ends none. */
  #add(value: string, end: number): void {
    for (let at = 0; at < value.length; ) {
      const piece = scanPiece(value, at)
      this.#open.take(piece)
      at = piece.end
    }
    this.#append(value, end)
  }

  #append(piece: string, end: number): void {
    if (this.#query === '') this.#start = this.#at
    this.#query += piece
    this.#at = end
  }

  #finish(end: number): Command | undefined {
    const query = this.#current()
    this.drop()
    const copied = query && readCopied(this.#text, end - 1, query.words)
    this.#at = copied?.end ?? end
    return query && { kind: 'statement', ...query, ...(copied && { data: copied.data }) }
  }

  #readMeta(variables: Variables): Command | undefined {
    name.lastIndex = this.#at
    const [whole = '\\', called = ''] = name.exec(this.#text) ?? []
    if (called === ';') {
      this.#append(';', this.#at + whole.length)
      return undefined
    }
    const line = this.#lineAt(this.#at)
    this.#at += whole.length
    const { words, end } = readArguments(this.#text, this.#at, variables)
    this.#at = end
    return { kind: 'meta', name: called, words, line, open: this.#current() }
  }

  #current(): Query | undefined {
    const text = this.#query.trimEnd()
    return text === '' ? undefined : { text, words: this.#open.words, line: this.#lineAt(this.#start) }
  }

  #lineAt(offset: number): number {
    return this.#text.slice(0, offset).split('\n').length
  }
}
