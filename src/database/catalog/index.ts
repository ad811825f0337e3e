export type {
  Catalog,
  Column,
  ColumnOrigin,
  ForeignKey,
  FunctionName,
  KeyedTable,
  NamedType,
  PgFunction,
  PgFunctionArgument,
  PgType,
  Table,
} from './catalog.ts'
export { type CatalogWatch, watchCatalog } from './catalog-watch.ts'
export { type Privileges, readPrivileges } from './privileges.ts'
export { readCatalog } from './read-catalog.ts'
export type { TableBehind } from './tables-behind.ts'
export { withinSchemas } from './within.ts'
