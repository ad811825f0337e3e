import {
  choice,
  count,
  flag,
  named,
  optionalSize,
  optionalTable,
  optionalText,
  secret,
  size,
  table,
  text,
  textList,
} from './values.ts'

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
  backend: choice(['file', 's3'], 'file').describe(
    'Where the bytes of objects are kept: in the data folder, or on S3.',
  ),
  s3: table({
    endpoint: optionalText().describe('URL of a server that speaks S3; absent: that of AWS for the region.'),
    region: text('us-east-1'),
    bucket: optionalText().describe('The bucket that keeps the objects of all buckets; it must be there.'),
    accessKeyId: optionalText(),
    secretAccessKey: secret(),
    forcePathStyle: flag(true).describe("The bucket stands in the path, not in the host's name."),
  }).describe('The server behind backend = "s3"; its keys best come from the environment.'),
  s3Protocol: table({ enabled: flag(true).describe('Serve the S3 protocol.') }),
  imageTransformation: table({ enabled: flag(true).describe('Serve resized images.') }),
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
