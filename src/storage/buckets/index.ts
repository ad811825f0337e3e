export { assertMimeAllowed, type BucketRules, isMimeAllowed } from './bucket-rules.ts'
export { createBucket, deleteBucket, updateBucket } from './change-bucket.ts'
export { findBucket, listBuckets } from './find-bucket.ts'
