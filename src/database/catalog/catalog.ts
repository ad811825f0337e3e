/** What the database is made of, as far as the APIs show it; read in one query, the same for every role. */
export interface Catalog {
  /** Changes whenever anything an API shows has changed, grants included. */
  readonly version: string
  /** `server_version_num`: 180004. */
  readonly serverVersion: number
  readonly schemas: readonly { readonly name: string; readonly comment: string | null }[]
  readonly tables: readonly Table[]
  readonly functions: readonly PgFunction[]
  readonly types: ReadonlyMap<number, PgType>
}

/** A table, partitioned table, foreign table, view or materialized view. */
export interface Table {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly kind: 'table' | 'view' | 'materialized view' | 'foreign table'
  readonly comment: string | null
  /** The oid of its row type, by which functions take and return its rows. */
  readonly rowType: number
  readonly columns: readonly Column[]
  readonly primaryKey: readonly string[] | null
  /** Columns of each unique constraint and of each plain unique index, the primary key included. */
  readonly uniques: readonly (readonly string[])[]
  readonly foreignKeys: readonly ForeignKey[]
  readonly insertable: boolean
  readonly updatable: boolean
  readonly deletable: boolean
  /** Policies may hide rows of it. */
  readonly rowSecurity: boolean
}

export interface Column {
  readonly name: string
  readonly type: number
  readonly notNull: boolean
  readonly hasDefault: boolean
  /** Computed by the database (`generated always as …`, `generated always as identity`): never written. */
  readonly generated: boolean
  readonly comment: string | null
}

export interface ForeignKey {
  readonly name: string
  readonly columns: readonly string[]
  readonly target: { readonly schema: string; readonly table: string; readonly columns: readonly string[] }
  readonly comment: string | null
  /** False for one that is only declared: `not enforced`, or not yet validated. */
  readonly enforced: boolean
}

export interface PgType {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly kind: 'base' | 'enum' | 'domain' | 'composite' | 'range' | 'pseudo'
  /** Of an array: the oid of its element. */
  readonly element: number | null
  /** Of a domain: the oid of what it constrains. */
  readonly base: number | null
  readonly labels: readonly string[] | null
  readonly comment: string | null
}

export interface PgFunction {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly comment: string | null
  readonly arguments: readonly PgFunctionArgument[]
  readonly returns: number
  readonly returnsSet: boolean
  readonly volatility: 'immutable' | 'stable' | 'volatile'
  readonly variadic: boolean
  /** `setof` functions say how many rows they expect; `rows 1` reads as "at most one". */
  readonly rows: number
}

export interface PgFunctionArgument {
  readonly name: string | null
  readonly type: number
  readonly hasDefault: boolean
}
