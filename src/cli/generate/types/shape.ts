/** What of a database its TypeScript types tell. Types are named by their oid. */
export interface Shape {
  /** Those of the asked for that exist, sorted. */
  readonly schemas: readonly string[]
  readonly relations: readonly Relation[]
  readonly functions: readonly Fn[]
  readonly types: ReadonlyMap<number, Type>
}

export interface Relation {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly kind: 'table' | 'view'
  /** Whether rows can be inserted or updated through it; always so for a table. */
  readonly updatable: boolean
  readonly columns: readonly Column[]
  readonly foreignKeys: readonly ForeignKey[]
}

export interface Column {
  readonly number: number
  readonly name: string
  readonly type: number
  readonly nullable: boolean
  /** An insert may leave it out. */
  readonly optional: boolean
  /** Never by clients: computed by the database, or a view's that is no column of a table. */
  readonly writable: boolean
}

/** To a relation of the same schema: supabase-js looks for it in no other. */
export interface ForeignKey {
  readonly name: string
  readonly columns: readonly string[]
  /** The columns are unique: at most one row refers to another. */
  readonly oneToOne: boolean
  readonly relation: string
  readonly referenced: readonly string[]
}

export interface Fn {
  readonly schema: string
  readonly name: string
  readonly args: readonly Argument[]
  readonly returns: number
  readonly returnsSet: boolean
  /** Of a `returns table (…)`. */
  readonly table: readonly { readonly name: string; readonly type: number }[]
  /** How many rows a set is expected to have; 1 reads as "at most one". */
  readonly rows: number
}

export interface Argument {
  /** Empty for one without a name. */
  readonly name: string
  readonly type: number
  readonly optional: boolean
}

export interface Type {
  readonly oid: number
  readonly schema: string
  readonly name: string
  /** Of an array: its element. */
  readonly element: number | null
  /** Of a domain: what it constrains. */
  readonly base: number | null
  readonly labels: readonly string[] | null
  /** Of a composite type that is no table's row. */
  readonly attributes: readonly { readonly name: string; readonly type: number }[] | null
  /** Of a row type: the table or view. */
  readonly relation: 'table' | 'view' | null
}
