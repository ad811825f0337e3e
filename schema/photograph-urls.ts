import type { SchemaBuilder } from 'portico/schema'

/** URLs that an `<img>` can show. Whether the caller may have one, the policies of the bucket decide. */
export default (builder: SchemaBuilder) => {
  const signed = { gallery_path: 'galleryUrl', thumbnail_path: 'thumbnailUrl' } as const

  for (const [column, name] of Object.entries(signed)) {
    builder.tableField('photographs', name, (t) =>
      t.string({
        description: 'Good for an hour. Null until the photograph is developed.',
        columns: [column],
        resolve: builder.imageUrl(column, { bucket: 'developed', expiresIn: 60 * 60 }),
      }),
    )
  }
}
