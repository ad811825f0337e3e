import { type Context, Hono } from 'hono'
import type { Caller } from '#database'
import { findPublicObject, findReadableObject } from '../objects/index.ts'
import { serveObject } from '../serving/index.ts'
import { authenticated, authenticatedIfPossible } from './authenticate.ts'
import { addressOf, objectPath, requestOf, type StorageEnv, type Workings } from './environment.ts'
import { readQuery, servingQuery } from './read-json.ts'

/** `GET` and `HEAD /object/…`: the bytes of an object, or its headers. */
export function downloadRoutes({ stores, verify }: Workings): Hono<StorageEnv> {
  const download = (c: Context, caller: Caller | undefined) => {
    const asker = { ...requestOf(c, 'storage.object.get_authenticated'), caller }
    const serving = readQuery(c, servingQuery)
    return serveObject(stores, c.req.raw, () => findReadableObject(stores, asker, addressOf(c)), serving)
  }
  return new Hono<StorageEnv>()
    .get(`/public${objectPath}`, (c) => {
      const asker = requestOf(c, 'storage.object.get_public')
      const serving = readQuery(c, servingQuery)
      return serveObject(stores, c.req.raw, () => findPublicObject(stores, asker, addressOf(c)), serving)
    })
    .get(`/authenticated${objectPath}`, authenticated(verify), (c) => download(c, c.get('caller')))
    .get(objectPath, authenticatedIfPossible(verify), (c) => download(c, c.get('caller')))
}
