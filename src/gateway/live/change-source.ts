/** A table by its names in the database. */
export interface TableName {
  readonly schema: string
  readonly name: string
  /** Only policies look at it: where nothing tells of its changes, it goes without. */
  readonly ofPolicies?: boolean
}

/** Tells that tables have changed, wherever the change came from. */
export interface ChangeSource {
  /**
   * Resolves when no change of these tables goes by any more. `onChange` is called, any number of times, once what was
   * committed is seen by statements that begin then; and whenever changes may have been missed.
   *
   * @param tables those that inherit from one, and its partitions, are named beside it
   * @throws PorticoError CHANGES_UNKNOWN where nothing tells of a table's changes
   * @returns ends it
   */
  watch(tables: readonly TableName[], onChange: () => void): Promise<() => void>
}
