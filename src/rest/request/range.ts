import { badRange, putLimit } from '../errors/index.ts'
import type { Range } from './request.ts'

/**
 * What `limit` and `offset` and, for GET, the `Range` header (`0-9`, `10-`) leave of the root's rows.
 *
 * @throws RestError PGRST103, PGRST114
 */
export function readRange(method: string, asked: Range | undefined, header: string | undefined): Range {
  const { offset = 0, limit } = asked ?? {}
  if (method === 'PUT' && asked && (offset !== 0 || limit !== undefined)) throw putLimit()
  if (limit === 0) return { offset: 0, limit: 0 }
  if (limit !== undefined && limit < 0) throw badRange('Limit should be greater than or equal to zero.')
  const parts = method === 'GET' && header !== undefined ? /^(\d+)-(\d*)$/.exec(header) : null
  if (!parts) return { offset: Math.max(offset, 0), ...(limit !== undefined && { limit }) }

  const from = Number(parts[1])
  const to = parts[2] ? Number(parts[2]) : Number.POSITIVE_INFINITY
  if (from > to) {
    throw badRange('The lower boundary must be lower than or equal to the upper boundary in the Range header.')
  }
  const start = Math.max(from, offset)
  const end = Math.min(to, limit === undefined ? Number.POSITIVE_INFINITY : offset + limit - 1)
  if (end < start) throw badRange('Limit should be greater than or equal to zero.')
  return end === Number.POSITIVE_INFINITY ? { offset: start } : { offset: start, limit: end - start + 1 }
}
