const assignment =
  /^\s*(?:export[^\S\n]+)?([\w.]+)[^\S\n]*[=:][^\S\n]*(?:"((?:\\[\s\S]|[^"\\])*)"|'((?:\\'|[^'])*)'|`([^`]*)`|([^\n]*))/gm

/** Where each variable of a file is assigned: characters of the text, without white space before it and the line end. */
export function* assignments(text: string): Generator<{ name: string; start: number; end: number }> {
  for (const { index, 0: whole, 1: name = '' } of text.matchAll(assignment)) {
    const end = index + whole.length
    const cut = whole.endsWith('\r') ? 1 : 0
    yield { name, start: index + (/^\s*/.exec(whole)?.[0].length ?? 0), end: end - cut }
  }
}

/**
 * The variables of a file such as `supabase/functions/.env`, as Supabase's CLI reads it: quoted values may be of many lines;
 * between `"` stand `\n` and `\"`; a comment begins with a space and `#`; `$NAME` and `${NAME}` are earlier ones of the file, unless
 * they are between `'`.
 *
 * @see https://github.com/joho/godotenv
 * @example parseDotenv('KEY="{\\"a\\":1}"\nPASSWORD=a#b # mine') // { KEY: '{"a":1}', PASSWORD: 'a#b' }
 */
export function parseDotenv(text: string): Record<string, string> {
  const variables = new Map<string, string>()
  for (const [, name = '', double, single, backticks, plain = ''] of text
    .replaceAll('\r\n', '\n')
    .matchAll(assignment)) {
    const value =
      double === undefined
        ? (single ?? backticks ?? expanded(withoutComment(plain).trim(), variables))
        : expanded(unescaped(double), variables)
    variables.set(name, value)
  }
  return Object.fromEntries(variables)
}

function withoutComment(value: string): string {
  return value.replace(/^(.*)\s#.*$/, '$1')
}

/** But for `\$`, which tells `expanded` to leave it alone. */
function unescaped(value: string): string {
  return value.replace(/\\([^$])/g, (_, char: string) => (char === 'n' ? '\n' : char === 'r' ? '\r' : char))
}

function expanded(value: string, variables: ReadonlyMap<string, string>): string {
  return value.replace(
    /(\\)?\$(\()?\{?([A-Z0-9_]+)?\}?/g,
    (all: string, backslash?: string, call?: string, name?: string) => {
      if (backslash !== undefined || call !== undefined) return all.slice(1)
      return name === undefined ? all : (variables.get(name) ?? '')
    },
  )
}
