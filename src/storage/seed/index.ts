export { type BucketSeed, seedBuckets } from './seed-buckets.ts'
