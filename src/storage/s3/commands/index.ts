export {
  bucketLocation,
  bucketVersioning,
  headBucket,
  listAllBuckets,
  putBucket,
  removeBucket,
} from './buckets.ts'
export { copy } from './copy.ts'
export { listObjectsV1, listObjectsV2 } from './list-objects.ts'
export { deleteObject, deleteObjects, getObject, objectTags, postObject, putObject } from './objects.ts'
export { partsOfUpload, uploadPart, uploadPartCopy, uploadsOfBucket } from './parts.ts'
export { abortUpload, completeUpload, createUpload } from './uploads.ts'
