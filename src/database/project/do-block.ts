import type pg from 'pg'

/** What of a migration's own `do` block has failed. */
export interface FailedPart {
  /** The statement, as it stands in the block. */
  readonly text: string
  /** The block with another statement in its place, or with none. */
  without(replacement?: string): string
}

/**
 * The one statement of a `do` block that an error comes from. Nothing that a function or trigger beneath the block has
 * tried counts, nor what the block has put together: those are not what the migration's author wrote down.
 */
export function failedPart(block: string, { where }: pg.DatabaseError): FailedPart | undefined {
  const frame = /^SQL statement "([\s\S]+)"\nPL\/pgSQL function inline_code_block line \d+ at SQL statement$/
  const text = frame.exec(where ?? '')?.[1]
  if (text === undefined) return undefined
  const [before, after, ...more] = block.split(text)
  if (before === undefined || after === undefined || more.length > 0 || !/^\s*;/.test(after)) return undefined
  return { text, without: (replacement = 'null') => before + replacement + after }
}
