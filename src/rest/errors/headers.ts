/** What belongs to the connection: an answer whose length SQL could name would leave its reader waiting. */
const ofConnection = new Set(['connection', 'content-length', 'keep-alive', 'trailer', 'transfer-encoding', 'upgrade'])

/**
 * Headers that SQL names for an answer, by their lower-case names. Node writes the letters of a header as bytes: those
 * of UTF-8.
 *
 * @returns undefined where one of them is no header
 */
export function headersFromSql(
  pairs: readonly (readonly [name: string, value: unknown])[],
): Record<string, string | string[]> | undefined {
  const headers: Record<string, string | string[]> = {}
  for (const [given, value] of pairs) {
    if (typeof value !== 'string' || !isHeader(given, value)) return undefined
    const name = given.toLowerCase()
    const bytes = latin1Of(value)
    if (ofConnection.has(name)) continue
    // A cookie takes a header of its own.
    headers[name] = name === 'set-cookie' ? [headers[name] ?? [], bytes].flat() : bytes
  }
  return headers
}

/** The text that Node writes as the bytes of the given one. */
export function latin1Of(text: string): string {
  return Buffer.from(text).toString('latin1')
}

function isHeader(name: string, value: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name) && isLine(value)
}

/** Nothing that would end a line of a header, or hide in one. */
export function isLine(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for.
  return !/[\x00-\x08\x0a-\x1f\x7f]/.test(text)
}
