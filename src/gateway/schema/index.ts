export { buildSchema, type SchemaExtension } from './build-schema.ts'
export type { SchemaBuilder, TableFieldBuilder } from './builder.ts'
export { sourceOf } from './field-source.ts'
export { reservedNames } from './reserved-names.ts'
