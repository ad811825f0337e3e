import type { GraphQLSchema } from 'graphql'
import { type Catalog, withinSchemas } from '#database'
import { introspects } from './model/index.ts'

const key = 'porticoIntrospection'

/**
 * What `__schema` and `__type` tell of a schema: all of it (the schema itself), the tables and functions of some of its
 * database schemas, or nothing. A database schema's comment decides, `@graphql({"introspection": true})`, and where it
 * does not the gateway's default (pg_graphql, "Introspection" in its docs).
 */
export function introspectionOf(schema: GraphQLSchema): GraphQLSchema | undefined {
  const told = schema.extensions[key] as (() => GraphQLSchema | undefined) | undefined
  return told ? told() : schema
}

export interface IntrospectionOptions {
  readonly catalog: Catalog
  /** Of database schemas whose comments do not say. */
  readonly byDefault: boolean
  /** Builds what a role would see of a part of the catalogue. */
  readonly build: (part: Catalog) => GraphQLSchema
}

export function limitIntrospection(schema: GraphQLSchema, options: IntrospectionOptions): void {
  const { catalog, byDefault, build } = options
  const open = new Set(catalog.schemas.flatMap((one) => ((introspects(one) ?? byDefault) ? [one.name] : [])))
  const isOpen = (one: { readonly schema: string }) => open.has(one.schema)
  if (catalog.tables.every(isOpen) && catalog.functions.every(isOpen) && open.size > 0) return
  let part: GraphQLSchema | undefined
  const told = () => {
    part ??= build(withinSchemas(catalog, (name) => open.has(name)))
    return part
  }
  schema.extensions = { ...schema.extensions, [key]: open.size > 0 ? told : () => undefined }
}
