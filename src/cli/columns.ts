import { pc } from './colours.ts'

/** Rows as lines whose columns stand below one another, the first one bold. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => {
    const [name = '', ...rest] = row.map((cell, column) => cell.padEnd(widths[column] ?? 0))
    return [pc.bold(name), ...rest].join('  ').trimEnd()
  })
}
