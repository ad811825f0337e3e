/** What the database is made of, as far as the APIs show it; read in one query, the same for every role. */
export interface Catalog {
  /** Changes whenever anything an API shows has changed, grants included. */
  readonly version: string
  /** `server_version_num`: 180004. */
  readonly serverVersion: number
  readonly schemas: readonly ExposedSchema[]
  readonly tables: readonly Table[]
  readonly functions: readonly PgFunction[]
  readonly types: ReadonlyMap<number, PgType>
  /** Implicit casts between domains and `json` or `text`. */
  readonly casts: readonly Cast[]
  /** Those over one argument that return a domain. */
  readonly aggregates: readonly Aggregate[]
  /** Tables outside the exposed schemas that exposed views take columns from. */
  readonly hidden: readonly KeyedTable[]
  /** What `alter role authenticator set pgrst.NAME = value` set, by name without its prefix. */
  readonly settings: Readonly<Record<string, string>>
}

export interface ExposedSchema {
  readonly name: string
  readonly comment: string | null
  /** Named by `pgrst.db_schemas` alone, and not by the configuration: of the Data API, and of no other. */
  readonly ofRest: boolean
}

/** A relation's name and keys. */
export interface KeyedTable {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly primaryKey: readonly string[] | null
  /** Columns of each unique constraint and of each plain unique index, the primary key included. */
  readonly uniques: readonly (readonly string[])[]
  /** Those of them that may decide an `on conflict`, which a deferrable one may not, by the name of their index. */
  readonly arbiters: readonly { readonly name: string; readonly columns: readonly string[] }[]
  readonly foreignKeys: readonly ForeignKey[]
}

/** A table, partitioned table, foreign table, view or materialized view. */
export interface Table extends KeyedTable {
  readonly kind: 'table' | 'view' | 'materialized view' | 'foreign table'
  readonly comment: string | null
  /** The oid of its row type, by which functions take and return its rows. */
  readonly rowType: number
  readonly columns: readonly Column[]
  /** Of a view: the columns of tables that its own show unchanged. */
  readonly origins: readonly ColumnOrigin[]
  readonly insertable: boolean
  readonly updatable: boolean
  readonly deletable: boolean
  /** Policies may hide rows of it. */
  readonly rowSecurity: boolean
  /** Other tables inherit from it: their rows are among its own, and none of its keys holds for them. */
  readonly inherited: boolean
  /** Whether each row that is inserted is in it then, or the statement fails: no trigger or rule leaves one out. */
  readonly keepsRows: boolean
  /** Whether a row may be inserted, and what it then is, depends on no other table. */
  readonly isolated: boolean
  /** The orders that its indexes of several columns hold all of its rows in. */
  readonly indexes: readonly (readonly IndexColumn[])[]
}

export interface IndexColumn {
  readonly column: string
  readonly descending: boolean
  readonly nullsFirst: boolean
}

/** A column of a view, and the table's column that it shows. */
export interface ColumnOrigin {
  readonly column: string
  /** The oid of the table. */
  readonly table: number
  readonly original: string
}

/** A column of a table or view; `type` is the oid of its type. */
export interface Column {
  readonly name: string
  readonly type: number
  readonly notNull: boolean
  readonly hasDefault: boolean
  /** The default as Postgres writes the expression; null for none. */
  readonly default: string | null
  /** Characters of `char(n)` and `varchar(n)`, bits of `bit(n)`. */
  readonly maxLength: number | null
  /** Computed by the database (`generated always as …`, `generated always as identity`): never written. */
  readonly generated: boolean
  readonly comment: string | null
}

/** A foreign key, from the table that holds it. */
export interface ForeignKey {
  readonly name: string
  readonly columns: readonly string[]
  readonly target: { readonly schema: string; readonly table: string; readonly columns: readonly string[] }
  readonly comment: string | null
  /** False for one that is only declared: `not enforced`, or not yet validated. */
  readonly enforced: boolean
}

/** A type of the database. */
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
  /** Of a composite type. */
  readonly attributes: readonly NamedType[] | null
  readonly comment: string | null
}

/** A function that some exposed schema has. */
export interface PgFunction {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly comment: string | null
  /** What a caller gives: `in`, `inout` and `variadic` arguments. */
  readonly arguments: readonly PgFunctionArgument[]
  /** The columns that `out`, `inout` and `returns table` arguments make of the answer. */
  readonly outputs: readonly NamedType[]
  readonly returns: number
  readonly returnsSet: boolean
  readonly volatility: 'immutable' | 'stable' | 'volatile'
  readonly variadic: boolean
  /** What `create function … set name = value` set, by name. */
  readonly settings: Readonly<Record<string, string>>
  /** `setof` functions say how many rows they expect; `rows 1` reads as "at most one". */
  readonly rows: number
}

/** An argument that a caller gives; null where it has no name. */
export interface PgFunctionArgument {
  readonly name: string | null
  readonly type: number
  readonly hasDefault: boolean
  /** The default as Postgres writes the expression; null for none. */
  readonly default: string | null
}

export interface Cast {
  readonly source: number
  readonly target: number
  readonly fn: FunctionName
}

export interface Aggregate extends FunctionName {
  readonly argument: number
  readonly returns: number
}

/** A function by its name, whatever its arguments are. */
export interface FunctionName {
  readonly schema: string
  readonly name: string
}

/** Something with a name and a type, by its oid: a column that a function answers. */
export interface NamedType {
  readonly name: string
  readonly type: number
}
