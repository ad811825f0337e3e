/** What a failed check reads like. It fails within the statement, so that nothing the statement did stays. */
export const marks = {
  notSingle: 'portico: not a single row: ',
  tooMany: 'portico: too many rows: ',
  notPut: 'portico: not the row of the URL: ',
} as const

export type Mark = keyof typeof marks

/** Which check failed, and the number of rows, from Postgres' message. */
export function readMark(message: string): { readonly mark: Mark; readonly rows: number } | undefined {
  for (const [mark, text] of Object.entries(marks)) {
    const at = message.indexOf(`"${text}`)
    if (at >= 0) return { mark: mark as Mark, rows: Number.parseInt(message.slice(at + text.length + 1), 10) }
  }
  return undefined
}
