import { readReference, type Variables } from './variables.ts'

export interface Arguments {
  readonly words: readonly string[]
  /** Behind the command, where SQL or another command goes on. */
  readonly end: number
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', b: '\b', r: '\r', f: '\f' }

/**
 * Reads the arguments of a backslash command, by the rules of psql (`psqlscanslash.l`): up to the end of the line, to
 * `\\`, or to the next command. Single quotes have C's escapes; double quotes stay.
 *
 * @throws Error for backquotes: a test is no program.
 */
export function readArguments(text: string, from: number, variables: Variables): Arguments {
  const words: string[] = []
  let word: string | undefined
  let at = from
  const finish = (end: number): Arguments => ({ words: word === undefined ? words : [...words, word], end })
  while (at < text.length) {
    const char = text.charAt(at)
    if (char === '\n') return finish(at)
    if (char === '\\') return finish(text.charAt(at + 1) === '\\' ? at + 2 : at)
    if (/\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
      at++
      continue
    }
    if (char === '`') throw new Error('what stands in backquotes is not run')
    const reference = char === ':' ? readReference(text, at, variables) : undefined
    const piece = reference ?? (char === "'" ? readQuoted(text, at) : plainly(text, at))
    word = (word ?? '') + piece.value
    at = piece.end
  }
  return finish(at)
}

type Read = { readonly value: string; readonly end: number }

/** One character, or all between double quotes, which stay. */
function plainly(text: string, at: number): Read {
  const close = text.charAt(at) === '"' ? text.indexOf('"', at + 1) : -1
  const end = close === -1 || text.slice(at, close).includes('\n') ? at + 1 : close + 1
  return { value: text.slice(at, end), end }
}

function readQuoted(text: string, start: number): Read {
  let value = ''
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === "'" && text.charAt(at + 1) !== "'") return { value, end: at + 1 }
    if (char === "'") at++
    if (char === '\n') break
    if (char !== '\\') {
      value += char
      continue
    }
    const [code] = /^(?:[0-7]{1,3}|x[0-9a-f]{1,2}|.)/i.exec(text.slice(at + 1, at + 4)) ?? ['']
    at += code.length
    if (/^[0-7]/.test(code)) value += String.fromCharCode(Number.parseInt(code, 8))
    else if (/^x[0-9a-f]/i.test(code)) value += String.fromCharCode(Number.parseInt(code.slice(1), 16))
    else value += escapes[code] ?? code
  }
  throw new Error('unterminated quoted string')
}
