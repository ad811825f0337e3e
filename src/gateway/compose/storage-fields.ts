import type { SchemaBuilder } from '../schema/index.ts'
import { dataOf } from './service-error.ts'

interface StorageObject {
  readonly name: string
  readonly id: string | null
  readonly created_at: string | null
  readonly updated_at: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
}

/** Objects of the Storage service: what is there, and URLs to read and write them with. */
export function addStorageFields(builder: SchemaBuilder): void {
  const object = builder.objectRef<StorageObject>('StorageObject').implement({
    description: 'An object below a folder of a bucket, or (without an id) a folder',
    fields: (t) => ({
      name: t.string({ nullable: false, resolve: (object) => object.name }),
      id: t.field({ type: 'UUID', resolve: (object) => object.id }),
      createdAt: t.field({ type: 'Datetime', resolve: (object) => object.created_at }),
      updatedAt: t.field({ type: 'Datetime', resolve: (object) => object.updated_at }),
      size: t.int({ description: 'Bytes', resolve: (object) => Number(object.metadata?.size ?? 0) }),
      mimeType: t.string({ resolve: (object) => (object.metadata?.mimetype as string | undefined) ?? null }),
      metadata: t.field({ type: 'JSON', resolve: (object) => object.metadata && JSON.stringify(object.metadata) }),
    }),
  })
  const upload = builder.objectRef<{ signedUrl: string; path: string; token: string }>('SignedUploadUrl').implement({
    description: 'Where one object may be uploaded to, for two hours, without signing in',
    fields: (t) => ({
      signedUrl: t.exposeString('signedUrl', { nullable: false }),
      path: t.exposeString('path', { nullable: false }),
      token: t.exposeString('token', { nullable: false }),
    }),
  })

  builder.queryField('storageObjects', (t) =>
    t.field({
      type: [object],
      nullable: false,
      description: 'The objects of a bucket below a folder that the caller may see',
      args: {
        bucket: t.arg.string({ required: true }),
        prefix: t.arg.string({ defaultValue: '' }),
        search: t.arg.string(),
        limit: t.arg.int({ defaultValue: 100 }),
        offset: t.arg.int({ defaultValue: 0 }),
      },
      async resolve(_root, { bucket, prefix, search, limit, offset }, { supabase }) {
        const options = { limit: limit ?? 100, offset: offset ?? 0, ...(search != null && { search }) }
        return dataOf(await supabase.storage.from(bucket).list(prefix ?? '', options)) as StorageObject[]
      },
    }),
  )

  builder.mutationFields((t) => ({
    createSignedUploadUrl: t.field({
      type: upload,
      nullable: false,
      args: {
        bucket: t.arg.string({ required: true }),
        path: t.arg.string({ required: true }),
        upsert: t.arg.boolean({ defaultValue: false }),
      },
      resolve: async (_root, { bucket, path, upsert }, { supabase }) =>
        dataOf(await supabase.storage.from(bucket).createSignedUploadUrl(path, { upsert: upsert ?? false })),
    }),
    createSignedUrl: t.string({
      nullable: false,
      description: 'A URL that anyone may read the object at until it expires',
      args: {
        bucket: t.arg.string({ required: true }),
        path: t.arg.string({ required: true }),
        expiresIn: t.arg.int({ defaultValue: 3600, description: 'Seconds' }),
        download: t.arg.string({ description: 'Offered to be saved under this name' }),
      },
      async resolve(_root, { bucket, path, expiresIn, download }, { supabase }) {
        const options = download == null ? {} : { download }
        return dataOf(await supabase.storage.from(bucket).createSignedUrl(path, expiresIn ?? 3600, options)).signedUrl
      },
    }),
  }))
}
