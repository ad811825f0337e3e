/**
 * Says that what stands at a key does not fit the rest.
 *
 * @example complain(['smtp', 'host'], "the mail server's name, since auth.email.smtp is enabled")
 */
export type Complain = (path: readonly (string | number)[], expected: string) => void

/** Complains about each key of an enabled table that is missing or empty. */
export function requireKeys<Table extends object>(
  complain: Complain,
  path: readonly (string | number)[],
  table: Table,
  needs: Readonly<Partial<Record<keyof Table & string, string>>>,
): void {
  for (const [key, expected] of Object.entries(needs)) {
    const value = table[key as keyof Table]
    const empty = value === undefined || value === '' || value === 0 || (Array.isArray(value) && value.length === 0)
    if (empty) complain([...path, key], `${expected}, since the section is enabled`)
  }
}
