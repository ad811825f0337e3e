import type { SchemaBuilder } from 'portico/schema'

/** Fields of your own beside those of the tables: { hello } answers { "hello": "world" }. */
export default (builder: SchemaBuilder) => {
  builder.queryField('hello', (t) => t.string({ resolve: () => 'world' }))
}
