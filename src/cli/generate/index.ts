export { genSchema, type SchemaOptions } from './gen-schema.ts'
export { genTypes, type TypesOptions } from './gen-types.ts'
