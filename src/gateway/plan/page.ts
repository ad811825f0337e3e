import { GraphQLError } from 'graphql'
import type { ColumnField, Entity } from '../model/index.ts'
import type { Arguments, Input } from './input.ts'
import type { Cursor, OrderTerm, Page } from './plan.ts'
import { peek, peekTrait, type Scope } from './scope.ts'
import { userError } from './user-error.ts'
import type { Value } from './value.ts'

/** `first`, `last`, `before`, `after` and `offset`, by pg_graphql's rules ("Collections: Pagination"). */
export function planPage(args: Arguments, entity: Entity, order: readonly OrderTerm[], scope: Scope): Page {
  const first = pageSize(args, 'first', scope)
  const last = pageSize(args, 'last', scope)
  const offset = planOffset(args, scope)
  const after = leaf(args.get('after'))
  const before = leaf(args.get('before'))

  if (first !== undefined && last !== undefined) throw userError('only one of "first" and "last" may be provided')
  if (after && before) throw userError('only one of "before" and "after" may be provided')
  if (first !== undefined && before) throw userError('"first" may only be used with "after"')
  if (last !== undefined && after) throw userError('"last" may only be used with "before"')
  const backward = last !== undefined || before !== undefined
  if (backward && offset) throw userError('"offset" may only be used with "first" and "after"')

  const limit = Math.min(first ?? last ?? entity.maxRows, entity.maxRows)
  return { limit, offset, backward, cursor: planCursor(before ?? after, order, scope) }
}

/** How many rows are skipped may differ from request to request, unlike how many are asked for. */
function planOffset(args: Arguments, scope: Scope): Value | undefined {
  const offset = leaf(args.get('offset'))
  const sign = offset && peekTrait('#sign', offset, scope)
  if (sign === -1) throw userError('`offset` must be an unsigned integer')
  return sign === 1 ? offset : undefined
}

/** A cursor of another order, or one made by hand, may hold fewer columns than the order has, or the key once more. */
function planCursor(value: Value | undefined, order: readonly OrderTerm[], scope: Scope): Cursor | undefined {
  if (!value) return undefined
  const { nulls, descending } = peekTrait('#cursor', value, scope)
  if (nulls.length === 0) throw userError('Failed to decode cursor, please check for typos')
  const ties = order.filter(({ isTie }) => isTie).length
  if (descending.length > 0 && descending.length !== ties)
    throw userError('The cursor is of another order: ask for the first page again')
  return { value, nulls: nulls.slice(0, order.length), descending }
}

/** `distinctOn`: the columns in which no two rows of the answer agree. */
export function planDistinct(input: Input | undefined, entity: Entity, scope: Scope): ColumnField[] {
  if (input?.kind !== 'leaf') return []
  const names = [peek(input.value, scope)].flat().map(String)
  return entity.columns.filter(({ name }) => names.includes(name))
}

/** How many rows a page is to have. A table's own `max_rows` bounds it silently, as with pg_graphql. */
export function pageSize(args: Arguments, name: string, scope: Scope): number | undefined {
  const size = countArgument(args, name, scope)
  if (size === undefined || size <= scope.maxPageSize) return size
  throw new GraphQLError(`"${name}" asks for ${size} rows; a page may have ${scope.maxPageSize}.`, {
    extensions: { code: 'OPERATION_TOO_COMPLEX' },
  })
}

/** A number of rows. */
export function countArgument(args: Arguments, name: string, scope: Scope): number | undefined {
  const input = args.get(name)
  if (input?.kind !== 'leaf') return undefined
  const value = Number(peek(input.value, scope))
  if (value < 0) throw userError(`\`${name}\` must be an unsigned integer`)
  return value
}

export function leaf(input: Input | undefined): Value | undefined {
  return input?.kind === 'leaf' ? input.value : undefined
}
