import { comparesJson } from './oracle-json.ts'
import { moods, type Scalar, type Value } from './values.ts'

/** Two values of a type that are none of them null, in Postgres' order: negative, zero or positive. */
export function compared(type: Scalar, a: Value & {}, b: Value & {}): number {
  const [one, other] = [sortable(type, a), sortable(type, b)]
  return one < other ? -1 : one > other ? 1 : 0
}

function sortable(type: Scalar, value: Value & {}): number | bigint | string {
  switch (type) {
    case 'bigint':
      return BigInt(value as string)
    case 'numeric':
    case 'bool':
      return Number(value)
    case 'mood':
      return moods.indexOf(value as string)
    default:
      return value as number | string
  }
}

/** What a comparison says, as SQL has it: null where nobody knows. */
export function compares(type: Scalar, left: Value, operator: string, right: Value | readonly Value[]): boolean | null {
  if (operator === 'is') return (left === null) === (right === 'NULL')
  if (left === null) return operator === 'in' && (right as readonly Value[]).length === 0 ? false : null
  if (type === 'jsonb') return comparesJson(String(left), operator, right as string | readonly string[])
  if (type === 'int[]') return comparesLists(left as readonly number[], operator, right as readonly number[])
  const order = (other: unknown) => compared(type, left, other as Value & {})
  switch (operator) {
    case 'eq':
      return order(right) === 0
    case 'neq':
      return order(right) !== 0
    case 'gt':
      return order(right) > 0
    case 'gte':
      return order(right) >= 0
    case 'lt':
      return order(right) < 0
    case 'lte':
      return order(right) <= 0
    case 'in':
      return (right as readonly Value[]).some((one) => order(one) === 0)
    case 'startsWith':
      return String(left).startsWith(String(right))
    case 'like':
    case 'ilike':
      return pattern(String(right), operator === 'ilike' ? 'is' : 's').test(String(left))
    default:
      throw new Error(`unknown operator ${operator}`)
  }
}

function comparesLists(left: readonly number[], operator: string, right: readonly number[]): boolean {
  switch (operator) {
    case 'eq':
      return left.join() === right.join()
    case 'contains':
      return right.every((one) => left.includes(one))
    case 'containedBy':
      return left.every((one) => right.includes(one))
    case 'overlaps':
      return left.some((one) => right.includes(one))
    default:
      throw new Error(`unknown operator ${operator}`)
  }
}

function pattern(like: string, flags: string): RegExp {
  const parts = like.match(/\\.|[^\\]/gs) ?? []
  const source = parts.map((part) => {
    if (part === '%') return '.*'
    if (part === '_') return '.'
    return part.replace(/^\\/, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${source.join('')}$`, flags)
}
