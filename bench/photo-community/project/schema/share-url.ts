import type { SchemaBuilder } from 'portico/schema'

export default (builder: SchemaBuilder) => {
  builder.tableField('photos', 'shareUrl', (t) =>
    t.string({
      columns: ['id'],
      resolve: builder.batch((rows) => rows.map(({ id }) => `https://photos.example.com/${id}`)),
    }),
  )
}
