export interface TableName {
  readonly schema: string
  readonly name: string
}

/** Values by column, as Postgres writes them (dates ISO, bytea in hex, times in UTC). */
export type Cells = ReadonlyMap<string, string | null>

export interface RowChange {
  readonly table: TableName
  readonly action: 'INSERT' | 'UPDATE' | 'DELETE'
  /** The new row, but for large values that an UPDATE left as they were; empty for a DELETE, and where the row is of more than 64 MB. */
  readonly record: Cells
  /**
   * What the replica identity keeps of the old row, without its nulls: all of it if `full`, otherwise the key of a
   * deleted row or one whose key has changed. Undefined where Postgres kept nothing.
   */
  readonly old: Cells | undefined
  /** Bytes of it in the log's text. */
  readonly size: number
}

export interface Commit {
  /** Of one transaction, in the order in which they were made. */
  readonly rows: readonly RowChange[]
  /** ISO, in UTC, to the microsecond. */
  readonly committedAt: string
}
