import type { SchemaBuilder } from '../schema/index.ts'

/** What `list` and `remove` answer of an object; a folder has no id. */
interface StorageObject {
  readonly name: string
  readonly id: string | null
  readonly created_at: string | null
  readonly updated_at: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
}

interface StorageBucket {
  readonly id: string
  readonly name: string
  readonly public: boolean
  readonly file_size_limit?: number | null
  readonly allowed_mime_types?: readonly string[] | null
  readonly created_at: string
  readonly updated_at: string
}

/** The types that the fields of Storage share. */
export function storageTypes(builder: SchemaBuilder) {
  const bucket = builder.objectRef<StorageBucket>('StorageBucket').implement({
    description: 'A bucket that the caller may see',
    fields: (t) => ({
      id: t.exposeString('id', { nullable: false }),
      name: t.exposeString('name', { nullable: false }),
      public: t.exposeBoolean('public', { nullable: false, description: 'Objects are read without a token' }),
      fileSizeLimit: t.field({
        type: 'BigInt',
        description: 'Bytes',
        resolve: ({ file_size_limit: limit }) => (limit == null ? null : String(limit)),
      }),
      allowedMimeTypes: t.stringList({ resolve: (bucket) => [...(bucket.allowed_mime_types ?? [])] }),
      createdAt: t.field({ type: 'Datetime', resolve: (bucket) => bucket.created_at }),
      updatedAt: t.field({ type: 'Datetime', resolve: (bucket) => bucket.updated_at }),
    }),
  })
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
  const transform = builder.inputType('ImageTransform', {
    description: 'How an image is served: a size in pixels, and how it is fitted into it',
    fields: (t) => ({
      width: t.int(),
      height: t.int(),
      resize: t.field({ type: builder.enumType('ImageResize', { values: ['cover', 'contain', 'fill'] as const }) }),
      quality: t.int({ description: 'From 20 to 100' }),
    }),
  })
  return { bucket, object, upload, transform }
}
