import { Hono } from 'hono'
import { z } from 'zod'
import { listObjects, listPage } from '../objects/index.ts'
import { authenticated } from './authenticate.ts'
import { askerOf, type StorageEnv, type Workings } from './environment.ts'
import { readJson } from './read-json.ts'

const order = z.enum(['asc', 'desc']).optional()
const level = z.object({
  prefix: z.string(),
  limit: z.int().min(1).optional(),
  offset: z.int().min(0).optional(),
  search: z.string().optional(),
  sortBy: z.object({ column: z.enum(['name', 'updated_at', 'created_at', 'last_accessed_at']), order }).optional(),
})
const page = z.object({
  prefix: z.string().optional(),
  limit: z.int().min(1).optional(),
  cursor: z.string().optional(),
  with_delimiter: z.boolean().optional(),
  sortBy: z.object({ column: z.enum(['name', 'updated_at', 'created_at']), order }).optional(),
})

/** `POST /object/list/BUCKET`: one level of a folder. `POST /object/list-v2/BUCKET`: a page, and where the next begins. */
export function listingRoutes({ stores, verify }: Workings): Hono<StorageEnv> {
  return new Hono<StorageEnv>()
    .post('/list/:bucket', authenticated(verify), async (c) => {
      const session = stores.database.as(askerOf(c, 'storage.object.list'))
      return c.json(await listObjects(session, c.req.param('bucket'), await readJson(c, level)))
    })
    .post('/list-v2/:bucket', authenticated(verify), async (c) => {
      const session = stores.database.as(askerOf(c, 'storage.object.list_v2'))
      const { with_delimiter: folders = false, ...request } = await readJson(c, page)
      return c.json(await listPage(session, c.req.param('bucket'), { ...request, folders }))
    })
}
