import type { PgFunction, Table } from '#database'
import type { Model } from '../model/index.ts'
import { argumentsSchema, formatOf, typeShape } from './schemas.ts'

type Json = Readonly<Record<string, unknown>>

interface Searched {
  readonly model: Model
  readonly schema: string
  readonly searchPath: readonly string[]
}

const refer = (name: string) => ({ $ref: `#/parameters/${name}` })

/** What can be asked of a table. */
export function tablePath(table: Table): Json {
  const { name, columns } = table
  const common = { tags: [name], ...summary(table.comment) }
  const filters = columns.map((column) => refer(`rowFilter.${name}.${column.name}`))
  const paging = ['select', 'order', 'range', 'rangeUnit', 'offset', 'limit', 'preferCount'].map(refer)
  const rows = { type: 'array', items: { $ref: `#/definitions/${name}` } }
  const get = {
    ...common,
    parameters: [...filters, ...paging],
    responses: { 200: { description: 'OK', schema: rows }, 206: { description: 'Partial Content' } },
  }
  if (!table.insertable && !table.updatable && !table.deletable) return { get }
  const change = (parameters: readonly object[], status: number, description: string) => ({
    ...common,
    parameters,
    responses: { [status]: { description } },
  })
  const body = refer(`body.${name}`)
  return {
    get,
    post: change([body, refer('select'), refer('preferPost')], 201, 'Created'),
    delete: change([...filters, refer('preferReturn')], 204, 'No Content'),
    patch: change([...filters, body, refer('preferReturn')], 204, 'No Content'),
  }
}

/** How a function can be called: by GET too, where it writes nothing. */
export function functionPath(fn: PgFunction, { model, schema, searchPath }: Searched): Json {
  const typeOf = (oid: number) => typeShape(model.type(oid), [schema, ...searchPath])
  const common = {
    tags: [`(rpc) ${fn.name}`],
    ...summary(fn.comment),
    produces: [
      'application/json',
      'application/vnd.pgrst.object+json;nulls=stripped',
      'application/vnd.pgrst.object+json',
    ],
    responses: { 200: { description: 'OK' } },
  }
  const body = { in: 'body', name: 'args', required: true, schema: argumentsSchema(fn.arguments, fn.comment, typeOf) }
  const post = { ...common, parameters: [body, refer('preferParams')] }
  if (fn.volatility === 'volatile') return { post }
  const last = fn.arguments.at(-1)
  const parameters = fn.arguments.flatMap((argument) => {
    if (argument.name === null) return []
    const { type = 'string', format, items } = typeOf(argument.type)
    const several = fn.variadic && argument === last
    // A list is one text, `{1,2}`, but for the arguments of a variadic function.
    const shape = several
      ? { type, items: { ...items, format: formatOf(format.replace(/\[\]$/, '')) }, collectionFormat: 'multi' }
      : { type: type === 'array' ? 'string' : type, format }
    return [{ name: argument.name, required: !argument.hasDefault, in: 'query', ...shape }]
  })
  return { get: { ...common, parameters }, post }
}

/** The first line of a comment, and the others. */
function summary(comment: string | null): Json {
  if (comment === null) return {}
  const [first, ...rest] = comment.split('\n')
  const description = rest.join('\n').replace(/^\n+/, '')
  return { summary: first, ...(description !== '' && { description }) }
}
