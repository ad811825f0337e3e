import { type Context, Hono } from 'hono'
import type { ObjectRow } from '../database/index.ts'
import { findPublicObject, findReadableObject } from '../objects/index.ts'
import { objectHeaders, serveObject } from '../serving/index.ts'
import { authenticated, authenticatedIfPossible } from './authenticate.ts'
import { addressOf, objectPath, requestOf, type StorageEnv, type Workings } from './environment.ts'

/** `GET /object/info/…`: what is known of an object; HEAD answers as that of the object itself. */
export function infoRoutes({ stores, verify }: Workings): Hono<StorageEnv> {
  const answer = async (c: Context, find: () => Promise<ObjectRow>) => {
    if (c.req.method === 'HEAD') return await serveObject(stores, c.req.raw, find, {})
    const object = await find()
    const headers = objectHeaders(c.req.raw, object, {})
    const told = ['etag', 'last-modified', 'cache-control'].map((name) => [name, headers.get(name) ?? ''])
    return c.json(describe(object), 200, Object.fromEntries(told))
  }
  const info = (c: Context) => {
    const asker = { ...requestOf(c, 'object.get_authenticated_info'), caller: c.get('caller') }
    return answer(c, () => findReadableObject(stores, asker, addressOf(c)))
  }
  return new Hono<StorageEnv>()
    .get(`/info/public${objectPath}`, (c) => {
      const asker = requestOf(c, 'storage.object.info_public')
      return answer(c, () => findPublicObject(stores, asker, addressOf(c)))
    })
    .get(`/info/authenticated${objectPath}`, authenticated(verify), info)
    .get(`/info${objectPath}`, authenticatedIfPossible(verify), info)
}

function describe(object: ObjectRow) {
  const { metadata } = object
  return {
    id: object.id,
    name: object.name,
    version: object.version,
    bucket_id: object.bucket_id,
    size: metadata?.size ?? null,
    content_type: metadata?.mimetype ?? null,
    cache_control: metadata?.cacheControl ?? null,
    etag: metadata?.eTag ?? null,
    metadata: object.user_metadata,
    last_modified: object.updated_at,
    created_at: object.created_at,
  }
}
