import type { SchemaBuilder } from 'portico/schema'

interface Developed {
  readonly id: string
  readonly width: number
  readonly height: number
  readonly gallery_path: string
  readonly thumbnail_path: string
}

/** `developPhotograph`: the edge function `develop` with a type of its own, in place of `invokeFunction`'s JSON. */
export default (builder: SchemaBuilder) => {
  const developed = builder.objectRef<Developed>('DevelopedPhotograph').implement({
    description: 'What became of an original; galleryUrl and thumbnailUrl of the photograph show it.',
    fields: (t) => ({
      photographId: t.field({ type: 'UUID', nullable: false, resolve: ({ id }) => id }),
      width: t.exposeInt('width', { nullable: false, description: 'Of the upright original, in pixels.' }),
      height: t.exposeInt('height', { nullable: false, description: 'Of the upright original, in pixels.' }),
      galleryPath: t.exposeString('gallery_path', { nullable: false }),
      thumbnailPath: t.exposeString('thumbnail_path', { nullable: false }),
    }),
  })

  builder.functionField('mutation', 'developPhotograph', {
    function: 'develop',
    type: developed,
    nullable: false,
    description: "Makes the gallery and thumbnail sizes of one of the caller's drafts, whose original is uploaded.",
    args: (arg) => ({ photographId: arg({ type: 'UUID', required: true }) }),
    body: ({ photographId }) => ({ photograph_id: photographId }),
  })
}
