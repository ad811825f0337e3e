import { Hono } from 'hono'
import { z } from 'zod'
import {
  type BucketRules,
  createBucket,
  deleteBucket,
  findBucket,
  listBuckets,
  updateBucket,
} from '../buckets/index.ts'
import type { BucketRow } from '../database/index.ts'
import { StorageError } from '../errors/index.ts'
import { emptyBucket } from '../objects/index.ts'
import { authenticated, serviceRoleOnly } from './authenticate.ts'
import { askerOf, ownerOf, type StorageEnv, type Workings } from './environment.ts'
import { readJson, readQuery } from './read-json.ts'

const rules = {
  public: z.boolean().optional(),
  file_size_limit: z.union([z.number(), z.string()], 'must match a schema in anyOf').nullable().optional(),
  allowed_mime_types: z.array(z.string()).nullable().optional(),
}
const creation = z.object({
  name: z.string(),
  id: z.string().optional(),
  type: z.enum(['STANDARD', 'ANALYTICS']).optional(),
  ...rules,
})
const update = z.object(rules).refine((body) => Object.values(body).some((rule) => rule !== undefined), {
  message: `must have required property ${Object.keys(rules)
    .map((rule) => `'${rule}'`)
    .join(', body must have required property ')}, body must match a schema in anyOf`,
})
const listing = z.object({
  limit: z.int().min(1).optional(),
  offset: z.int().min(0).optional(),
  sortColumn: z.enum(['id', 'name', 'created_at', 'updated_at']).optional(),
  sortOrder: z.enum(['asc', 'desc']).optional(),
  search: z.string().optional(),
})

/** `/bucket`: create, list, get, update, empty, delete. */
export function bucketRoutes({ stores, verify, fileSizeLimit }: Workings): Hono<StorageEnv> {
  const { database } = stores
  return new Hono<StorageEnv>()
    .use(authenticated(verify))
    .post('/', async (c) => {
      const { name, id, type, ...body } = await readJson(c, creation)
      if (type === 'ANALYTICS') {
        throw new StorageError('FeatureNotEnabled', {
          statusCode: 409,
          message: 'The feature iceberg_catalog is not enabled for this resource',
        })
      }
      const session = database.as(askerOf(c, 'storage.bucket.create'))
      const owner = ownerOf(c.get('caller'))
      await createBucket(session, { id: id || name, name, owner, ...rulesOf(body) }, fileSizeLimit)
      return c.json({ name })
    })
    .get('/', async (c) => {
      const buckets = await listBuckets(database.as(askerOf(c, 'storage.bucket.list')), readQuery(c, listing))
      return c.json(buckets.map(told))
    })
    .get('/:bucket', async (c) =>
      c.json(told(await findBucket(database.as(askerOf(c, 'storage.bucket.get')), c.req.param('bucket')))),
    )
    .put('/:bucket', async (c) => {
      const session = database.as(askerOf(c, 'storage.bucket.update'))
      await updateBucket(session, c.req.param('bucket'), rulesOf(await readJson(c, update)), fileSizeLimit)
      return c.json({ message: 'Successfully updated' })
    })
    .delete('/:bucket', async (c) => {
      await deleteBucket(database.as(askerOf(c, 'storage.bucket.delete')), c.req.param('bucket'))
      return c.json({ message: 'Successfully deleted' })
    })
    .post('/:bucket/empty', serviceRoleOnly(), async (c) => {
      const bucket = c.req.param('bucket')
      const session = database.as(askerOf(c, 'storage.bucket.empty'))
      await findBucket(session, bucket)
      await emptyBucket(stores, session, bucket)
      // Supabase does it later and says so; clients may compare the message. Here it is done.
      return c.json({ message: 'Empty bucket has been queued. Completion may take up to an hour.' })
    })
}

/** Nobody's bucket has an empty owner: Supabase's serialiser writes it so, and Swift's client takes no null. */
function told(bucket: BucketRow): BucketRow {
  return { ...bucket, owner: bucket.owner ?? '' }
}

function rulesOf(body: z.infer<typeof update>): BucketRules {
  return { public: body.public, fileSizeLimit: body.file_size_limit, allowedMimeTypes: body.allowed_mime_types }
}
