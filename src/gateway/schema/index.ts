export { buildSchema, type SchemaExtension } from './build-schema.ts'
export type { SchemaBuilder, TableFieldBuilder } from './builder.ts'
export { answered, entityOf, type FieldSource, sourceOf } from './field-source.ts'
