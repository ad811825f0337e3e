import { conditionParameter } from './condition.ts'
import type { Embed, Field, Read } from './read.ts'

/** The read as a request: `/t1?select=…`. */
export function urlOf(read: Read): string {
  const parameters: [string, string][] = [['select', selectOf(read)]]
  describe(read, '', parameters)
  return `/${read.table}?${new URLSearchParams(parameters)}`
}

export function selectOf({ fields, embeds }: Read): string {
  return [...fields.map(fieldText), ...embeds.map(embedText)].join(',')
}

function fieldText({ key, column, cast, aggregate }: Field): string {
  const name = key === column ? '' : `${key}:`
  if (column === '*') return `${name}count()`
  return `${name}${column}${cast ? `::${cast}` : ''}${aggregate ? `.${aggregate}()` : ''}`
}

function embedText({ key, read, inner, spread, by }: Embed): string {
  const name = spread ? '...' : `${key}:`
  return `${name}${read.table}!${by}${inner ? '!inner' : ''}(${selectOf(read)})`
}

function describe(read: Read, path: string, parameters: [string, string][]): void {
  const { embeds, where, order, limit, offset } = read
  for (const condition of where) parameters.push(conditionParameter(condition, path))
  const terms = order.map(({ column, of, descending, nulls }) => {
    const name = of === undefined ? column : `${of}(${column})`
    return `${name}.${descending ? 'desc' : 'asc'}${nulls ? `.nulls${nulls}` : ''}`
  })
  const whole = read.grouped ? terms : [...terms, 'id']
  if (whole.length > 0) parameters.push([`${path}order`, whole.join(',')])
  if (limit !== undefined) parameters.push([`${path}limit`, String(limit)])
  if (offset !== undefined) parameters.push([`${path}offset`, String(offset)])
  describeEmbeds(embeds, path, parameters)
}

export function describeEmbeds(embeds: readonly Embed[], path: string, parameters: [string, string][]): void {
  // What is spread has no name of its own.
  for (const { key, spread, read } of embeds) describe(read, `${path}${spread ? read.table : key}.`, parameters)
}
