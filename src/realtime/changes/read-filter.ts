export const filterOperators = [
  'eq',
  'neq',
  'lt',
  'lte',
  'gt',
  'gte',
  'in',
  'like',
  'ilike',
  'is',
  'match',
  'imatch',
  'isdistinct',
] as const

export type FilterOperator = (typeof filterOperators)[number]

/** A condition on one column; several of a binding must all hold. */
export interface Filter {
  readonly column: string
  readonly operator: FilterOperator
  /** For `in` an array as Postgres writes it: `{a,b}`. */
  readonly value: string
  readonly negate: boolean
}

/** Of one binding. */
const mostFilters = 100

export class MalformedFilter extends Error {
  override readonly name = 'MalformedFilter'
}

/**
 * Reads `col1=eq.val,col2=not.in.(1,2)`: conditions that must all hold, in PostgREST's words.
 *
 * @see supabase/realtime, `Extensions.PostgresCdcRls.Subscriptions.parse_subscription_params`
 * @throws MalformedFilter with upstream's message
 */
export function readFilters(text: string): readonly Filter[] {
  const trimmed = text.trim()
  const found = trimmed === '' ? [] : segments(trimmed)
  if (found.length > mostFilters) throw new MalformedFilter(`too many filters. Maximum ${mostFilters}`)
  return found.map(readFilter)
}

function readFilter(segment: string): Filter {
  const text = segment.trim()
  if (text === '') throw new MalformedFilter('filter must not contain empty segments (check for extra commas)')
  const [column, condition] = cut(text, '=')
  if (condition === undefined) throw new MalformedFilter(listed(column))
  const negate = condition.startsWith('not.')
  const [operator, value] = cut(negate ? condition.slice('not.'.length) : condition, '.')
  if (value === undefined) throw new MalformedFilter(listed(operator))
  if (!isOperator(operator)) throw new MalformedFilter(listed(operator, value))
  return { column, operator, value: operator === 'in' ? arrayOf(value) : unquoted(value), negate }
}

function isOperator(name: string): name is FilterOperator {
  return (filterOperators as readonly string[]).includes(name)
}

function arrayOf(value: string): string {
  if (value.startsWith('(') && value.endsWith(')') && value.length >= 2) return `{${value.slice(1, -1)}}`
  throw new MalformedFilter('`in` filter value must be wrapped by parentheses')
}

/** Without its quotes where it is quoted as a whole. */
function unquoted(value: string): string {
  const [, inner] = /^"((?:\\.|[^"\\])*)"$/s.exec(value) ?? []
  return inner === undefined ? value : inner.replaceAll(/\\(.)/gs, '$1')
}

/** Cut at the commas that are in no parentheses and no quotes. */
function segments(text: string): string[] {
  const found: string[] = []
  let depth = 0
  let quoted = false
  let start = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (quoted) {
      if (character === '\\') at++
      else if (character === '"') quoted = false
    } else if (character === '"') quoted = '.(,'.includes(text[at - 1] ?? ' ')
    else if (character === '(') depth++
    else if (character === ')') depth = Math.max(0, depth - 1)
    else if (character === ',' && depth === 0) {
      found.push(text.slice(start, at))
      start = at + 1
    }
  }
  return [...found, text.slice(start)]
}

function cut(text: string, at: string): [string, string | undefined] {
  const place = text.indexOf(at)
  return place === -1 ? [text, undefined] : [text.slice(0, place), text.slice(place + 1)]
}

/** As Elixir shows a list of texts. */
function listed(...parts: readonly string[]): string {
  return `[${parts.map((part) => JSON.stringify(part)).join(', ')}]`
}
