/** Judges what a client sent as the JSON schemas of supabase/storage do, and says so in their words. */
export { isMediaType } from './media-type.ts'
export { parseCoerced } from './parse-coerced.ts'
export { inSchemaWords } from './schema-words.ts'
