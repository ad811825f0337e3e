import { Hono } from 'hono'
import { z } from 'zod'
import { removeObject, removeObjects } from '../objects/index.ts'
import { authenticated } from './authenticate.ts'
import { addressOf, askerOf, objectPath, type StorageEnv, type Workings } from './environment.ts'
import { readJson } from './read-json.ts'

const removal = z.object({ prefixes: z.array(z.string()).min(1).max(1000) })

/** `DELETE /object/…`: many objects of a bucket, or one. */
export function removalRoutes({ stores, verify }: Workings): Hono<StorageEnv> {
  return new Hono<StorageEnv>()
    .delete('/:bucket', authenticated(verify), async (c) => {
      const { prefixes } = await readJson(c, removal)
      const session = stores.database.as(askerOf(c, 'storage.object.delete_many'))
      return c.json(await removeObjects(stores, session, c.req.param('bucket'), prefixes))
    })
    .delete(objectPath, authenticated(verify), async (c) => {
      await removeObject(stores, stores.database.as(askerOf(c, 'storage.object.delete')), addressOf(c))
      return c.json({ message: 'Successfully deleted' })
    })
}
