import type { SupabaseClient } from '@supabase/supabase-js'
import type { SchemaBuilder } from 'portico/schema'

const hour = 60 * 60

/** URLs that an `<img>` can show. Whether the caller may have one, the policies of the bucket decide. */
export default (builder: SchemaBuilder) => {
  const signed = { gallery_path: 'galleryUrl', thumbnail_path: 'thumbnailUrl' } as const

  for (const [column, name] of Object.entries(signed)) {
    builder.tableField('photographs', name, (t) =>
      t.string({
        description: 'Good for an hour. Null until the photograph is developed.',
        columns: [column],
        resolve: builder.batch((rows, _args: object, { supabase }) =>
          signAll(
            supabase,
            rows.map((row) => row[column] as string | null),
          ),
        ),
      }),
    )
  }
}

/** A page of photographs costs one call. */
async function signAll(supabase: SupabaseClient, paths: readonly (string | null)[]): Promise<(string | null)[]> {
  const given = paths.filter((path) => path !== null)
  if (given.length === 0) return paths.map(() => null)
  const { data, error } = await supabase.storage.from('developed').createSignedUrls(given, hour)
  if (error) throw error
  const urls = new Map(data.map(({ path, signedUrl }) => [path, signedUrl]))
  return paths.map((path) => urls.get(path) || null)
}
