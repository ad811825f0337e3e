import { readJsonPath, readName } from './field.ts'
import { readRest, readTest } from './filter.ts'
import { readLogic } from './logic.ts'
import { readOrder } from './order.ts'
import type { At, Field, Logic, OrderTerm, Query, Range } from './request.ts'
import { Scanner } from './scanner.ts'
import { readSelect } from './select.ts'
import { Values } from './values.ts'

const reserved = new Set(['select', 'columns', 'on_conflict', 'apikey'])

/**
 * Reads a query string. What is not a parameter of its own is a filter; where a function is called by GET, what holds
 * no operator is an argument.
 *
 * @example readQuery('select=id,name&age=gte.18&order=name', false)
 */
export function readQuery(search: string, callsByGet: boolean): Query {
  const given = [...new URLSearchParams(search)]
  const values = new Values()
  const conditions: At<Logic>[] = []
  const orders: At<readonly OrderTerm[]>[] = []
  const ranges = new Map<string, { path: readonly string[]; offset: number; limit?: number }>()
  const parameters: (readonly [string, string])[] = []

  for (const [key, value] of given) {
    if (reserved.has(key)) continue
    const last = key.slice(key.lastIndexOf('.') + 1)
    if (last === 'and' || last === 'or') conditions.push(readLogic(key, value, values))
    else if (last === 'order') orders.push({ path: pathOf(key), of: readOrder(value) })
    else if (last === 'limit' || last === 'offset') {
      const path = pathOf(key)
      const range = ranges.get(path.join('.')) ?? { path, offset: 0 }
      // What is no number is as if it were not there.
      const number = /^-?\d{1,15}$/.test(value) ? Number(value) : undefined
      ranges.set(path.join('.'), { ...range, ...(number !== undefined && { [last]: number }) })
    } else readFilter(key, value)
  }

  function readFilter(key: string, value: string): void {
    const { path, field } = readTarget(key)
    const scanner = new Scanner(value, 'filter')
    if (callsByGet) {
      const read = scanner.attempt(() => readTest(scanner, values, readRest))
      if (read) conditions.push({ path, of: { kind: 'test', field, ...read } })
      else parameters.push([field.name, value])
      return
    }
    conditions.push({ path, of: { kind: 'test', field, ...readTest(scanner, values, readRest) } })
  }

  const get = (name: string) => given.find(([key]) => key === name)?.[1]
  const columns = get('columns')
  const onConflict = get('on_conflict')
  return {
    select: readSelect(get('select') ?? '*'),
    conditions,
    orders,
    ranges: [...ranges.values()].map(({ path, ...of }): At<Range> => ({ path, of })),
    ...(columns !== undefined && { columns: readNames(columns, 'columns parameter') }),
    ...(onConflict !== undefined && { onConflict: readNames(onConflict, 'on_conflict parameter') }),
    parameters,
    values: values.all,
    canonical: '',
  }
}

/** `messages.channel.id` is the column `id` of what is embedded as `channel` in `messages`. */
function readTarget(key: string): { readonly path: string[]; readonly field: Field } {
  const scanner = new Scanner(key, 'tree path')
  const names = [readName(scanner)]
  while (scanner.take('.')) names.push(readName(scanner))
  const path = readJsonPath(scanner)
  scanner.end('delimiter (.)')
  return { path: names.slice(0, -1), field: { name: names.at(-1) ?? '', path } }
}

function pathOf(key: string): string[] {
  return readTarget(key).path
}

function readNames(text: string, label: string): string[] {
  const scanner = new Scanner(text, label)
  const names = [readName(scanner)]
  while (scanner.match(/[ \t]*,[ \t]*/y)) names.push(readName(scanner))
  return [...new Set(names)]
}
