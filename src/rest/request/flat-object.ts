/** An object that holds nothing but scalars, with the text of each value; numbers keep their digits. */
export interface FlatObject {
  /** In the order they came in. */
  readonly keys: readonly string[]
  /** Of the same places; null for a null. */
  readonly texts: readonly (string | null)[]
}

/** Characters of a text that is looked at, and members of its object. */
const longest = 16_384
const most = 64

const opening = /^[ \t\n\r]*\{/
const closed = /^[ \t\n\r]*$/
/** Key, string, other scalar, and what follows. Strings are as RFC 8259 has them, but for `\u`: not each of those is a text to Postgres. */
const member =
  /[ \t\n\r]*"([ !#-[\]-\uffff]*)"[ \t\n\r]*:[ \t\n\r]*(?:"([ !#-[\]-\uffff]*(?:\\["\\/bfnrt][ !#-[\]-\uffff]*)*)"|(true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|null)[ \t\n\r]*([,}])/y

/** Undefined for what is none, or none whose texts are plain to see; it may yet be JSON. */
export function readFlatObject(json: string): FlatObject | undefined {
  const start = json.length > longest ? null : opening.exec(json)
  if (!start) return undefined
  const keys: string[] = []
  const texts: (string | null)[] = []
  member.lastIndex = start[0].length
  for (let found = member.exec(json); found && keys.length < most; found = member.exec(json)) {
    const [, key = '', string, other = null, next] = found
    if (keys.includes(key)) return undefined
    keys.push(key)
    texts.push(string === undefined ? other : unescaped(string))
    if (next === '}') return closed.test(json.slice(member.lastIndex)) ? { keys, texts } : undefined
  }
  return undefined
}

function unescaped(string: string): string {
  return string.includes('\\') ? (JSON.parse(`"${string}"`) as string) : string
}
