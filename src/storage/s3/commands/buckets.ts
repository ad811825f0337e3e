import { createBucket, deleteBucket, findBucket, listBuckets } from '../../buckets/index.ts'
import { type S3Request, sessionOf } from '../s3-request.ts'
import { xml } from '../xml.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
export async function listAllBuckets(request: S3Request): Promise<Response> {
  const buckets = await listBuckets(sessionOf(request, 'storage.s3.bucket.list'), {})
  return xml(200, 'ListAllMyBucketsResult', {
    Buckets: { Bucket: buckets.map((bucket) => ({ Name: bucket.name, CreationDate: bucket.created_at })) },
  })
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
export async function putBucket(request: S3Request): Promise<Response> {
  const { bucket, owner, projectLimit, headers } = request
  const isPublic = (headers.get('x-amz-acl') ?? '').startsWith('public-read')
  const session = sessionOf(request, 'storage.s3.bucket.create')
  await createBucket(session, { id: bucket, name: bucket, owner, public: isPublic }, projectLimit)
  return new Response(null, { headers: { location: `/${bucket}` } })
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html */
export async function removeBucket(request: S3Request): Promise<Response> {
  await deleteBucket(sessionOf(request, 'storage.s3.bucket.delete'), request.bucket)
  return new Response(null, { status: 204 })
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export async function headBucket(request: S3Request): Promise<Response> {
  await findBucket(sessionOf(request, 'storage.s3.bucket.head'), request.bucket)
  return new Response(null, { headers: { 'x-amz-bucket-region': request.region } })
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
export async function bucketLocation(request: S3Request): Promise<Response> {
  await findBucket(sessionOf(request, 'storage.s3.bucket.get_location'), request.bucket)
  return xml(200, 'LocationConstraint', { '#text': request.region })
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html */
export async function bucketVersioning(request: S3Request): Promise<Response> {
  await findBucket(sessionOf(request, 'storage.s3.bucket.get_versioning'), request.bucket)
  return xml(200, 'VersioningConfiguration', { Status: 'Suspended', MfaDelete: 'Disabled' })
}
