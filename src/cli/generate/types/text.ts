/** Names in one order everywhere, whatever the machine's language. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}

/** A name as a key: quoted where it is no identifier. */
export function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)
}

/**
 * `{ … }` with one entry a line.
 *
 * @param end what follows each entry: nothing in a type, a comma in a value
 */
export function block(entries: readonly (readonly [key: string, value: string])[], end = ''): string {
  if (entries.length === 0) return '{}'
  return `{\n${entries.map(([name, value]) => indent(`${name}:${value.startsWith('\n') ? '' : ' '}${value}${end}`)).join('\n')}\n}`
}

/** `[a, b]`, broken into lines where it is long or holds blocks. */
export function list(items: readonly string[]): string {
  const line = `[${items.join(', ')}]`
  if (line.length <= 60 && !line.includes('\n')) return line
  return `[\n${items.map((item) => indent(`${item},`)).join('\n')}\n]`
}

export function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ')
}
