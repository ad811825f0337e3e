import { Hono } from 'hono'
import { z } from 'zod'
import { StorageError } from '../errors/index.ts'
import { listObjects } from '../objects/index.ts'
import { authenticated } from './authenticate.ts'
import { askerOf, type StorageEnv, type Workings } from './environment.ts'
import { readJson } from './read-json.ts'

const listing = z.object({
  prefix: z.string(),
  limit: z.int().min(1).optional(),
  offset: z.int().min(0).optional(),
  search: z.string().optional(),
  sortBy: z
    .object({
      column: z.enum(['name', 'updated_at', 'created_at', 'last_accessed_at']),
      order: z.enum(['asc', 'desc']).optional(),
    })
    .optional(),
})

/** `POST /object/list/BUCKET`: one level of a folder. */
export function listingRoutes({ stores, verify }: Workings): Hono<StorageEnv> {
  return new Hono<StorageEnv>()
    .post('/list/:bucket', authenticated(verify), async (c) => {
      const session = stores.database.as(askerOf(c, 'storage.object.list'))
      return c.json(await listObjects(session, c.req.param('bucket'), await readJson(c, listing)))
    })
    .post('/list-v2/:bucket', authenticated(verify), () => {
      throw new StorageError('FeatureNotEnabled')
    })
}
