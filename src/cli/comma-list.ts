/** `public, private` as a list; empty for nothing. */
export function listed(names: string | undefined): readonly string[] {
  return (names ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
}
