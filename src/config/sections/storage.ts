import { count, flag, named, optionalSize, optionalTable, optionalText, size, table, textList } from './values.ts'

const bucketName = {
  pattern: /^[\w!\-.*'() &$@=;:+,?]*$/,
  expected: "a bucket name of letters, digits, spaces and any of _ ! - . * ' ( ) & $ @ = ; : + , ?",
}

/** `[storage]`: buckets and objects. */
export const storage = table({
  enabled: flag(true).describe('Serve the Storage API.'),
  fileSizeLimit: size('50MiB').describe('The largest object, in bytes.'),
  buckets: named(
    table({
      public: flag(false).describe('Objects are read without a token.'),
      fileSizeLimit: optionalSize().describe("The largest object of this bucket; absent or 0: the Storage API's own."),
      allowedMimeTypes: textList().describe('Empty allows every type.'),
      objectsPath: optionalText().describe('A folder whose files are seeded into the bucket.'),
    }),
    bucketName,
  ).describe('Buckets made at start.'),
  s3Protocol: table({ enabled: flag(true).describe('Serve the S3 protocol.') }),
  imageTransformation: table({ enabled: flag(false).describe('Serve resized images.') }),
  analytics: table({
    enabled: flag(false),
    maxNamespaces: count(5),
    maxTables: count(10),
    maxCatalogs: count(2),
    buckets: named(optionalTable({})),
  }),
  vector: table({
    enabled: flag(true),
    maxBuckets: count(10),
    maxIndexes: count(5),
    buckets: named(optionalTable({})),
  }),
})
