export { genSchema, type SchemaOptions } from './gen-schema.ts'
export { genTypes, type TypesOptions } from './gen-types.ts'
export { genSamlKey } from './saml-key.ts'
export { genSigningKey, type SigningKeyOptions } from './signing-key.ts'
