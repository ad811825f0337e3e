import type { Catalog, FunctionName, NamedType, PgFunction, PgType, Table } from '#database'
import { isCallable } from './callable.ts'
import { type AllMediaHandlers, mediaHandlersOf } from './media-handlers.ts'
import { type Relationship, relationshipsOf } from './relationships.ts'

/** The catalogue as requests ask for it: by schema and name, the same for every role. */
export interface Model {
  readonly serverVersion: number
  readonly schemas: readonly string[]
  table(schema: string, name: string): Table | undefined
  /** The columns of the primary key; a view's are those of the tables below it, where it shows them all. */
  key(table: Table): readonly string[]
  tableNames(schema: string): string[]
  tablesOf(schema: string): readonly Table[]
  /** The callable ones. */
  functionsOf(schema: string): readonly PgFunction[]
  comment(schema: string): string | null
  /** From a table to those it can embed, computed relationships first where they replace a detected one. */
  relationships(table: Table): readonly Relationship[]
  functions(schema: string, name: string): readonly PgFunction[]
  functionNames(schema: string): string[]
  type(oid: number): PgType | undefined
  /** What a domain constrains, through any number of domains; of any other type, itself. */
  baseOf(oid: number): number
  /** The table whose row type it is. */
  tableOfType(oid: number): Table | undefined
  /** The columns of rows of a composite type, a table's included. */
  attributes(oid: number): readonly NamedType[] | undefined
  /** The function that shows or reads a domain's values otherwise than its base type's: `from` or `to` is the domain. */
  representation(from: number, to: number): FunctionName | undefined
  readonly handlers: AllMediaHandlers
  /** The function of its row that gives a table a further column. */
  computed(table: Table, name: string): PgFunction | undefined
}

export function buildModel(catalog: Catalog): Model {
  const tables = new Map(catalog.tables.map((table) => [key(table.schema, table.name), table]))
  const byRowType = new Map(catalog.tables.map((table) => [table.rowType, table]))
  const callable = catalog.functions.filter((fn) => isCallable(fn, catalog.types))
  const functions = Map.groupBy(callable.toSorted(fewestFirst), ({ schema, name }) => key(schema, name))
  const keys = new Map([...catalog.tables, ...catalog.hidden].map(({ oid, primaryKey }) => [oid, primaryKey]))
  const relationships = relationshipsOf(catalog, byRowType)
  const ofRows = catalog.functions.filter(
    ({ arguments: [only, another] }) => only && !another && byRowType.has(only.type),
  )
  const computed = new Map(ofRows.map((fn) => [`${fn.arguments[0]?.type}\0${fn.name}`, fn]))
  const baseOf = (oid: number): number => {
    const { kind, base } = catalog.types.get(oid) ?? {}
    return kind === 'domain' && base ? baseOf(base) : oid
  }
  const casts = new Map(catalog.casts.map(({ source, target, fn }) => [`${source} ${target}`, fn]))
  const namesIn = (schema: string, of: readonly { schema: string; name: string }[]) => [
    ...new Set(of.filter((one) => one.schema === schema).map(({ name }) => name)),
  ]
  return {
    serverVersion: catalog.serverVersion,
    schemas: catalog.schemas.map(({ name }) => name),
    table: (schema, name) => tables.get(key(schema, name)),
    key: (table) => table.primaryKey ?? keyThrough(table, keys),
    tableNames: (schema) => namesIn(schema, catalog.tables),
    tablesOf: (schema) => catalog.tables.filter((table) => table.schema === schema),
    functionsOf: (schema) => callable.filter((fn) => fn.schema === schema),
    comment: (schema) => catalog.schemas.find(({ name }) => name === schema)?.comment ?? null,
    relationships: (table) => relationships.get(table.oid) ?? [],
    functions: (schema, name) => functions.get(key(schema, name)) ?? [],
    functionNames: (schema) => namesIn(schema, callable),
    type: (oid) => catalog.types.get(oid),
    baseOf,
    tableOfType: (oid) => byRowType.get(baseOf(oid)),
    attributes: (oid) => byRowType.get(baseOf(oid))?.columns ?? catalog.types.get(baseOf(oid))?.attributes ?? undefined,
    representation: (from, to) => (casts.size === 0 ? undefined : casts.get(`${from} ${to}`)),
    handlers: mediaHandlersOf(catalog, baseOf),
    computed: (table, name) => computed.get(`${table.rowType}\0${name}`),
  }
}

function keyThrough(view: Table, keys: ReadonlyMap<number, readonly string[] | null>): string[] {
  return [...Map.groupBy(view.origins, ({ table }) => table)].flatMap(([oid, origins]) => {
    const key = keys.get(oid) ?? []
    const shown = key.flatMap((name) => origins.find(({ original }) => original === name)?.column ?? [])
    return shown.length === key.length ? shown : []
  })
}

/** Overloads in the order that messages list them. */
function fewestFirst(a: PgFunction, b: PgFunction): number {
  return a.arguments.length - b.arguments.length || a.oid - b.oid
}

function key(schema: string, name: string): string {
  return `${schema}\0${name}`
}
