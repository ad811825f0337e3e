import { LRUCache } from 'lru-cache'
import type { Cells, RowChange, TableName } from './change.ts'
import { readCells } from './read-cells.ts'

/** What test_decoding writes of a table: which one is read at once, the row only when somebody asks for it. */
export interface TableLine {
  /** Several where one TRUNCATE emptied them. */
  readonly tables: readonly TableName[]
  readonly action: 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE'
  row(): RowChange
}

export type Line =
  | { readonly kind: 'begin'; readonly xid: number }
  | { readonly kind: 'commit'; readonly committedAt: string }
  | { readonly kind: 'table'; readonly line: TableLine }
  /** Messages of `pg_logical_emit_message` and whatever a later version adds. */
  | { readonly kind: 'other' }

/**
 * Reads one message of the output plugin test_decoding: `BEGIN 7`, `COMMIT 7 (at …)`, or
 * `table public.notes: UPDATE: old-key: id[integer]:1 new-tuple: id[integer]:2 body[text]:'a ''b'''`.
 *
 * @see contrib/test_decoding/test_decoding.c of Postgres
 */
export function readLine(bytes: Buffer): Line {
  switch (bytes[0]) {
    case 0x42:
      return { kind: 'begin', xid: Number(bytes.toString('latin1', 'BEGIN '.length)) }
    case 0x43:
      return { kind: 'commit', committedAt: committedAt(bytes.toString('latin1')) }
    case 0x74:
      return tableLine(bytes)
    default:
      return { kind: 'other' }
  }
}

/** `COMMIT 731 (at 2026-11-26 14:08:45.12+00)` */
function committedAt(text: string): string {
  const [, date, time, fraction = ''] = /\(at (\S+) (\d\d:\d\d:\d\d)(?:\.(\d+))?\+00\)/.exec(text) ?? []
  if (date === undefined) throw new Error('A commit without its time.')
  return `${date}T${time}.${fraction.padEnd(6, '0')}Z`
}

const start = 'table '.length

function tableLine(bytes: Buffer): Line {
  const end = endOfNames(bytes, start)
  const tables = namesOf(bytes.toString('utf8', start, end))
  const actionStart = end + 2
  const actionEnd = bytes.indexOf(0x3a, actionStart)
  const action = bytes.toString('latin1', actionStart, actionEnd) as TableLine['action']
  const row = () => rowOf(bytes, tables[0] as TableName, action as RowChange['action'], actionEnd + 1)
  return { kind: 'table', line: { tables, action, row } }
}

/** Bytes of a line beyond which none of its values is read: the longest that Postgres writes is more than a text may hold. */
const longest = 64 * 1024 * 1024

function rowOf(bytes: Buffer, table: TableName, action: RowChange['action'], from: number): RowChange {
  const none: Cells = new Map()
  const size = bytes.length
  if (size > longest) return { table, action, record: none, old: undefined, size }
  const [first, second] = readCells(bytes.toString('utf8', from))
  if (action === 'DELETE') return { table, action, record: none, old: first?.cells, size }
  const record = (second ?? first)?.cells ?? none
  return { table, action, record, old: second ? first?.cells : undefined, size }
}

/** The first colon outside of quotes. */
function endOfNames(bytes: Buffer, from: number): number {
  let quoted = false
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === 0x22) quoted = !quoted
    else if (bytes[at] === 0x3a && !quoted) return at
  }
  throw new Error('A change without its table.')
}

const known = new LRUCache<string, readonly TableName[]>({ max: 1000 })

/** `public.notes, "Odd ""one""".b` */
function namesOf(text: string): readonly TableName[] {
  const before = known.get(text)
  if (before) return before
  const parts = [...text.matchAll(/"((?:[^"]|"")*)"|[^".,\s]+/g)].map(([all, quoted]) =>
    quoted === undefined ? all : quoted.replaceAll('""', '"'),
  )
  const names = Array.from({ length: parts.length / 2 }, (_, i) => ({
    schema: parts[2 * i] as string,
    name: parts[2 * i + 1] as string,
  }))
  known.set(text, names)
  return names
}
