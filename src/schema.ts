/** What the files of a project's `schema/` folder are written against. */
export type { SchemaBuilder, TableFieldBuilder } from '#gateway'
