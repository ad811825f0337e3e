import type pg from 'pg'

/** A statement that this server does not know in this form, in the form that it does. */
export function fittingHere(text: string, error: pg.DatabaseError): string | undefined {
  const fitting = withoutWhatIsUnknown(text, error)
  return fitting === text ? undefined : fitting
}

function withoutWhatIsUnknown(text: string, { message }: pg.DatabaseError): string {
  // A version that is another one here: any will do.
  if (/has no installation script nor update path for version/.test(message)) {
    return text.replace(/\bversion\s+('[^']*'|"[^"]*")/i, '')
  }
  // The stand-in of pgvector has no index of neighbours to tune.
  if (/^unrecognized parameter "(?:lists|m|ef_construction)"$/.test(message)) {
    return text.replace(/\)\s*with\s*\([^)]*\)/i, ')')
  }
  return text
}

/** Whether a statement makes an index of pgvector's. */
export function makesNeighbourIndex(words: readonly string[]): boolean {
  return words[0] === 'create' && (words.includes('hnsw') || words.includes('ivfflat'))
}
