import type { ByteRange } from '../backend/index.ts'
import { StorageError } from '../errors/index.ts'

/**
 * The one range of a `Range` header over `size` bytes, its end clamped.
 * Throws InvalidRange (416) for several ranges, other units, and what lies outside, as Supabase does.
 */
export function byteRange(header: string, size: number): ByteRange {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header.trim()) ?? []
  if (from === '' && to === '') throw unsatisfiable(size)
  const first = from === '' ? Math.max(size - Number(to), 0) : Number(from)
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (first > last || (from === '' && Number(to) === 0)) throw unsatisfiable(size)
  return { first, last }
}

function unsatisfiable(size: number): StorageError {
  return new StorageError('InvalidRange', { headers: { 'content-range': `bytes */${size}` } })
}
