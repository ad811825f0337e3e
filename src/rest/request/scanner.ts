import { badQuery } from '../errors/index.ts'

/** Reads a text from left to right; whoever meets something unexpected says what would have been expected. */
export class Scanner {
  readonly text: string
  /** What the text is, for messages: `failed to parse filter (eq)`. */
  readonly #label: string
  at = 0

  /** @param shown the part of the text that the client sent under this label, where that is not all of it */
  constructor(text: string, label: string, shown = text) {
    this.text = text
    this.#label = `${label} (${shown})`
  }

  get done(): boolean {
    return this.at >= this.text.length
  }

  get next(): string {
    return this.text.charAt(this.at)
  }

  /** Whether the text goes on with this; if so, goes past it. */
  take(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false
    this.at += expected.length
    return true
  }

  /** Goes past what a sticky pattern matches here. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    if (found === undefined) return undefined
    this.at += found.length
    return found
  }

  looksAt(pattern: RegExp): boolean {
    pattern.lastIndex = this.at
    return pattern.test(this.text)
  }

  expect(expected: string, name = `"${expected}"`): void {
    if (!this.take(expected)) this.fail(name)
  }

  /** The result of `read`, or undefined with nothing taken where it fails. */
  attempt<T>(read: () => T | undefined): T | undefined {
    const start = this.at
    try {
      const found = read()
      if (found === undefined) this.at = start
      return found
    } catch {
      this.at = start
      return undefined
    }
  }

  end(expected: string): void {
    if (!this.done) this.fail(`${expected} or end of input`, "'")
  }

  /** @param quote what is put around the character that was met: PostgREST's parser has its habits */
  fail(expected: string, quote: "'" | '"' = '"'): never {
    const met = this.done ? 'end of input' : `${quote}${this.next}${quote}`
    throw badQuery(
      `"failed to parse ${this.#label}" (line 1, column ${this.at + 1})`,
      `unexpected ${met} expecting ${expected}`,
    )
  }
}
