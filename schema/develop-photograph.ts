import { FunctionsHttpError } from '@supabase/supabase-js'
import { GraphQLError } from 'graphql'
import type { SchemaBuilder } from 'portico/schema'

interface Developed {
  readonly id: string
  readonly width: number
  readonly height: number
}

/** `developPhotograph`: the edge function `develop` with a type of its own, in place of `invokeFunction`'s JSON. */
export default (builder: SchemaBuilder) => {
  const developed = builder.objectRef<Developed>('DevelopedPhotograph').implement({
    description: 'What became of an original; galleryUrl and thumbnailUrl of the photograph show it.',
    fields: (t) => ({
      photographId: t.field({ type: 'UUID', nullable: false, resolve: ({ id }) => id }),
      width: t.exposeInt('width', { nullable: false, description: 'Of the upright original, in pixels.' }),
      height: t.exposeInt('height', { nullable: false, description: 'Of the upright original, in pixels.' }),
    }),
  })

  builder.mutationField('developPhotograph', (t) =>
    t.field({
      type: developed,
      nullable: false,
      description: "Makes the gallery and thumbnail sizes of one of the caller's drafts, whose original is uploaded.",
      args: { photographId: t.arg({ type: 'UUID', required: true }) },
      async resolve(_root, { photographId }, { supabase }) {
        const body = { photograph_id: photographId }
        const { data, error } = await supabase.functions.invoke<Developed>('develop', { body })
        if (data) return data
        // The function's own refusals are for the caller; anything else is not.
        if (!(error instanceof FunctionsHttpError)) throw error
        const { code, message } = await error.context.json()
        throw new GraphQLError(message, { extensions: { code } })
      },
    }),
  )
}
