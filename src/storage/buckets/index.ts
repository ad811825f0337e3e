export { assertMimeAllowed, type BucketRules } from './bucket-rules.ts'
export { createBucket, deleteBucket, type NewBucket, updateBucket } from './change-bucket.ts'
export { type BucketListing, findBucket, listBuckets } from './find-bucket.ts'
