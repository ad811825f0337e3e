/** The variables of a psql session. A name that is not set is left in the SQL as it stands. */
export type Variables = Map<string, string>

const pattern = /:(?:\{\?(?<asked>[\w\u0080-\uffff]+)\}|(?<quote>['"]?)(?<name>[\w\u0080-\uffff]+)\k<quote>)/y

/**
 * The reference to a variable that stands at an offset: `:name` as it is, `:'name'` as a literal, `:"name"` as a name,
 * `:{?name}` for whether it is set. Undefined where there is none, or none of a set variable.
 */
export function readReference(
  text: string,
  at: number,
  variables: Variables,
): { readonly value: string; readonly end: number } | undefined {
  pattern.lastIndex = at
  const found = pattern.exec(text)
  if (!found) return undefined
  const { asked, quote, name = '' } = found.groups ?? {}
  const end = pattern.lastIndex
  if (asked !== undefined) return { value: variables.has(asked) ? 'TRUE' : 'FALSE', end }
  const value = variables.get(name)
  if (value === undefined) return undefined
  return { value: quote === "'" ? literal(value) : quote === '"' ? `"${value.replaceAll('"', '""')}"` : value, end }
}

function literal(value: string): string {
  const quoted = `'${value.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`
  return value.includes('\\') ? ` E${quoted}` : quoted
}

/** As psql reads the value of a variable that says yes or no; undefined for any other. */
export function truth(value: string): boolean | undefined {
  const given = value.trim().toLowerCase()
  if (given === '1' || given === 'on') return true
  if (given === '0' || given === 'off' || given === 'of') return false
  if (given === '') return undefined
  if ('true'.startsWith(given) || 'yes'.startsWith(given)) return true
  return 'false'.startsWith(given) || 'no'.startsWith(given) ? false : undefined
}
