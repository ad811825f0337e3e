import { type Context, Hono } from 'hono'
import type { Caller } from '#database'
import type { ObjectRow } from '../database/index.ts'
import { findPublicObject, findReadableObject } from '../objects/index.ts'
import { authenticated, authenticatedIfPossible } from './authenticate.ts'
import { addressOf, objectPath, requestOf, type StorageEnv, type Workings } from './environment.ts'

/** `GET /object/info/…`: what is known of an object. */
export function infoRoutes({ stores, verify }: Workings): Hono<StorageEnv> {
  const info = async (c: Context, caller: Caller | undefined) => {
    const asker = { ...requestOf(c, 'object.get_authenticated_info'), caller }
    return c.json(describe(await findReadableObject(stores, asker, addressOf(c))))
  }
  return new Hono<StorageEnv>()
    .get(`/info/public${objectPath}`, async (c) =>
      c.json(describe(await findPublicObject(stores, requestOf(c, 'storage.object.info_public'), addressOf(c)))),
    )
    .get(`/info/authenticated${objectPath}`, authenticated(verify), (c) => info(c, c.get('caller')))
    .get(`/info${objectPath}`, authenticatedIfPossible(verify), (c) => info(c, c.get('caller')))
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
