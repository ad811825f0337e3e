import { assignments } from './dotenv.ts'

/**
 * The text of a `.env` file with some variables set anew; the last assignment of each is replaced where it stands, what is new
 * goes to the end. All else, comments too, stays as it is.
 *
 * @param values undefined takes a variable out
 */
export function editDotenv(text: string, values: Readonly<Record<string, string | undefined>>): string {
  const written = new Set<string>()
  let edited = ''
  let from = 0
  const found = [...assignments(text)]
  for (const [at, { name, start, end }] of found.entries()) {
    if (!Object.hasOwn(values, name)) continue
    const value = values[name]
    const isLast = !found.slice(at + 1).some((later) => later.name === name)
    const kept = isLast && value !== undefined
    edited += text.slice(from, start) + (kept ? line(name, value) : '')
    // With the line end, where the whole line goes.
    from = kept ? end : end + (/^\r?\n/.exec(text.slice(end))?.[0].length ?? 0)
    if (kept) written.add(name)
  }
  edited += text.slice(from)
  const added = Object.entries(values).filter(([name, value]) => value !== undefined && !written.has(name))
  if (added.length > 0 && edited !== '' && !edited.endsWith('\n')) edited += '\n'
  return edited + added.map(([name, value]) => `${line(name, value ?? '')}\n`).join('')
}

function line(name: string, value: string): string {
  return `${name}=${/^[\w./:@+,-]*$/.test(value) ? value : `"${escaped(value)}"`}`
}

function escaped(value: string): string {
  return value
    .replace(/[\\"$]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
}
