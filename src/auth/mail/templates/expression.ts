import { isFunction } from './functions.ts'
import { TemplateError } from './scan-template.ts'

/** What an action computes: `.Email`, `eq .Data.lang "de"`, `.Token | printf "%s"`. */
export type Expression =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'path'; readonly root: boolean; readonly path: readonly string[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }

/** Reads a pipeline: each command's result is the last argument of the next. */
export function parseExpression(source: string): Expression {
  const tokens = [...source.matchAll(tokenPattern)].map(([token]) => token)
  if (tokens.join('').replace(/\s/g, '') !== source.replace(/\s/g, '')) throw new TemplateError(`cannot read ${source}`)
  const parser = createParser(tokens)
  const expression = parser.pipeline()
  if (parser.next() !== undefined) throw new TemplateError(`cannot read ${source}`)
  return expression
}

const tokenPattern = /"(?:\\.|[^"\\])*"|`[^`]*`|\$?(?:\.\w+)+|\.|\$|-?\d+(?:\.\d+)?|\w+|[()|]/g

function createParser(tokens: readonly string[]) {
  let at = 0
  const next = () => tokens[at]

  function pipeline(): Expression {
    let result = command()
    while (next() === '|') {
      at += 1
      result = piped(command(), result)
    }
    return result
  }

  function command(): Expression {
    const first = operand()
    const args: Expression[] = []
    while (next() !== undefined && next() !== '|' && next() !== ')') args.push(operand())
    if (first.kind === 'call' && first.args.length === 0) return { ...first, args }
    if (args.length > 0) throw new TemplateError('only functions take arguments')
    return first
  }

  function operand(): Expression {
    const token = tokens[at]
    at += 1
    if (token === undefined) throw new TemplateError('a value is missing')
    if (token === '(') {
      const inner = pipeline()
      if (tokens[at] !== ')') throw new TemplateError('a parenthesis is not closed')
      at += 1
      // So that what follows is not taken for the arguments of a call that is complete.
      return inner.kind === 'call' ? { kind: 'call', name: 'and', args: [inner] } : inner
    }
    return literal(token)
  }

  return { pipeline, next }
}

function literal(token: string): Expression {
  if (token.startsWith('"')) return { kind: 'value', value: JSON.parse(token) }
  if (token.startsWith('`')) return { kind: 'value', value: token.slice(1, -1) }
  if (/^-?\d/.test(token)) return { kind: 'value', value: Number(token) }
  if (token === 'true' || token === 'false') return { kind: 'value', value: token === 'true' }
  if (token === 'nil') return { kind: 'value', value: undefined }
  if (token === '.' || token === '$') return { kind: 'path', root: token === '$', path: [] }
  if (token.startsWith('.') || token.startsWith('$.')) {
    return { kind: 'path', root: token.startsWith('$'), path: token.replace(/^\$?\./, '').split('.') }
  }
  if (isFunction(token)) return { kind: 'call', name: token, args: [] }
  if (/^\w+$/.test(token)) throw new TemplateError(`there is no function ${token}`)
  throw new TemplateError(`cannot read ${token}`)
}

function piped(command: Expression, input: Expression): Expression {
  if (command.kind !== 'call') throw new TemplateError('a value can only be piped into a function')
  return { ...command, args: [...command.args, input] }
}
