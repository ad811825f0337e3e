export { buildSchema, type SchemaExtension, type SchemaOptions } from './build-schema.ts'
export type { SchemaBuilder, TableFieldBuilder } from './builder.ts'
export { rowKey, sourceOf, typeKey } from './field-source.ts'
export { reservedNames } from './reserved-names.ts'
