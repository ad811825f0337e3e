import type { Catalog } from './catalog.ts'

/** The catalogue as it is for an API that exposes only some of the schemas. */
export function withinSchemas(catalog: Catalog, isExposed: (schema: string) => boolean): Catalog {
  const isOpen = (one: { readonly schema: string }) => isExposed(one.schema)
  const [tables, others] = [catalog.tables.filter(isOpen), catalog.tables.filter((table) => !isOpen(table))]
  return {
    ...catalog,
    schemas: catalog.schemas.filter(({ name }) => isExposed(name)),
    tables,
    functions: catalog.functions.filter(isOpen),
    hidden: [...catalog.hidden, ...others],
  }
}
