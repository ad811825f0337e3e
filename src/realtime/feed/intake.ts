import type { Commit, RowChange, TableName } from './change.ts'
import { readLine, type TableLine } from './read-line.ts'

/** Bytes of one transaction that are held until its end is read. */
const mostHeld = 16 * 1024 * 1024

/** One transaction, or a part of a large one, as it was read from the log. */
export interface Read extends Commit {
  /** The transaction's id, without its epoch. */
  readonly xid: number
  readonly touched: ReadonlyMap<string, TableName>
  /** Bytes of the rows. */
  readonly size: number
}

/**
 * Sorts what one stream brings into transactions. Only what has committed is in the stream.
 *
 * @param wants whether a table's rows are read at all
 */
export function createIntake(
  wants: (table: TableName) => boolean,
  read: (transaction: Read) => void,
): (bytes: Buffer, sentAt: string) => void {
  let xid = 0
  let rows: RowChange[] = []
  let size = 0
  let touched = new Map<string, TableName>()

  function keep(line: TableLine): void {
    for (const table of line.tables) touched.set(keyOf(table), table)
    if (line.action === 'TRUNCATE' || !wants(line.tables[0] as TableName)) return
    const row = line.row()
    rows.push(row)
    size += row.size
  }

  function handOn(committedAt: string): void {
    if (touched.size > 0) read({ xid, rows, committedAt, touched, size })
    rows = []
    size = 0
    touched = new Map()
  }

  return (bytes, sentAt) => {
    const line = readLine(bytes)
    if (line.kind === 'begin') xid = line.xid
    else if (line.kind === 'commit') handOn(line.committedAt)
    else if (line.kind === 'table') {
      keep(line.line)
      // The exact time comes last, and a transaction may be of any size.
      if (size > mostHeld) handOn(sentAt)
    }
  }
}

/** One text for a table's names, which themselves hold no NUL. */
export function keyOf({ schema, name }: TableName): string {
  return `${schema}\0${name}`
}
