import type { SchemaBuilder } from '../schema/index.ts'
import { given } from './given.ts'
import { bucketInUrl, pathInUrl } from './object-address.ts'
import { dataOf } from './service-error.ts'
import { storageTypes } from './storage-types.ts'

/** Buckets and objects of the Storage service: what is there, URLs to read and write them with, and changes. */
export function addStorageFields(builder: SchemaBuilder): void {
  const { bucket, object, upload, transform } = storageTypes(builder)

  builder.queryFields((t) => ({
    storageBuckets: t.field({
      type: [bucket],
      nullable: false,
      description: 'The buckets that the caller may see',
      resolve: async (_root, _args, { supabase }) => dataOf(await supabase.storage.listBuckets()),
    }),
    storageObjects: t.field({
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
        return dataOf(await supabase.storage.from(bucketInUrl(bucket)).list(prefix ?? '', options))
      },
    }),
  }))

  builder.mutationFields((t) => {
    const place = { bucket: t.arg.string({ required: true }), path: t.arg.string({ required: true }) }
    const way = {
      bucket: t.arg.string({ required: true }),
      from: t.arg.string({ required: true }),
      to: t.arg.string({ required: true }),
      destinationBucket: t.arg.string({ description: 'The same bucket unless given' }),
    }
    return {
      uploadObject: t.string({
        nullable: false,
        description: 'Stores a file that comes with the request, and answers its path',
        args: {
          ...place,
          file: t.arg({ type: 'Upload', required: true }),
          upsert: t.arg.boolean({ defaultValue: false }),
          cacheControl: t.arg.int({ defaultValue: 3600, description: 'Seconds' }),
        },
        async resolve(_root, { bucket, path, file, upsert, cacheControl }, { supabase }) {
          const options = { upsert: upsert ?? false, cacheControl: String(cacheControl ?? 3600) }
          const contentType = file.type || 'application/octet-stream'
          const bytes = { ...options, contentType }
          dataOf(await supabase.storage.from(bucketInUrl(bucket)).upload(pathInUrl(path), file, bytes))
          return path
        },
      }),
      createSignedUploadUrl: t.field({
        type: upload,
        nullable: false,
        args: { ...place, upsert: t.arg.boolean({ defaultValue: false }) },
        async resolve(_root, { bucket, path, upsert }, { supabase }) {
          const options = { upsert: upsert ?? false }
          const target = supabase.storage.from(bucketInUrl(bucket)).createSignedUploadUrl(pathInUrl(path), options)
          return { ...dataOf(await target), path }
        },
      }),
      createSignedUrl: t.string({
        nullable: false,
        description: 'A URL that anyone may read the object at until it expires',
        args: {
          ...place,
          expiresIn: t.arg.int({ defaultValue: 3600, description: 'Seconds' }),
          download: t.arg.string({ description: 'Offered to be saved under this name' }),
          transform: t.arg({ type: transform, description: 'As an image of another size' }),
        },
        async resolve(_root, { bucket, path, expiresIn, download, transform }, { supabase }) {
          const options = {
            ...(download != null && { download }),
            ...(transform != null && { transform: given(transform) }),
          }
          const signed = supabase.storage
            .from(bucketInUrl(bucket))
            .createSignedUrl(pathInUrl(path), expiresIn ?? 3600, options)
          return dataOf(await signed).signedUrl
        },
      }),
      moveObject: t.boolean({
        nullable: false,
        args: way,
        async resolve(_root, { bucket, from, to, destinationBucket }, { supabase }) {
          dataOf(await supabase.storage.from(bucketInUrl(bucket)).move(from, to, given({ destinationBucket })))
          return true
        },
      }),
      copyObject: t.string({
        nullable: false,
        description: "Answers the copy's path",
        args: way,
        async resolve(_root, { bucket, from, to, destinationBucket }, { supabase }) {
          dataOf(await supabase.storage.from(bucketInUrl(bucket)).copy(from, to, given({ destinationBucket })))
          return to
        },
      }),
      removeObjects: t.field({
        type: [object],
        nullable: false,
        description: 'Removes those of the objects that the caller may remove, and answers which they were',
        args: { bucket: t.arg.string({ required: true }), paths: t.arg.stringList({ required: true }) },
        resolve: async (_root, { bucket, paths }, { supabase }) =>
          paths.length === 0 ? [] : dataOf(await supabase.storage.from(bucketInUrl(bucket)).remove(paths)),
      }),
    }
  })
}
