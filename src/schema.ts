/** What the files of a project's `schema/` folder are written against. See docs/fields-in-code.md. */
export type { SchemaBuilder, TableFieldBuilder } from '#gateway'
