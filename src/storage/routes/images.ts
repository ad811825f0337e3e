import { type Context, Hono } from 'hono'
import { StorageError } from '../errors/index.ts'
import { readTransformation, type Transformation, transformationSchema } from '../images/index.ts'
import { findObject, findPublicObject } from '../objects/index.ts'
import { authenticated } from './authenticate.ts'
import { addressOf, askerOf, objectPath, requestOf, type StorageEnv, type Workings } from './environment.ts'
import { readQuery, servingQuery, signedQuery } from './read-json.ts'

/** `GET /render/image/…`: an image in the size and format that is asked for. */
export function imageRoutes({ stores, tokens, verify, images }: Workings): Hono<StorageEnv> {
  if (!images) return new Hono<StorageEnv>()
  const asked = (c: Context): Transformation => readQuery(c, transformationSchema)
  const download = (c: Context) => readQuery(c, servingQuery)

  return new Hono<StorageEnv>()
    .get(`/public${objectPath}`, (c) => {
      const asker = requestOf(c, 'storage.render.image_public')
      return images(c.req.raw, () => findPublicObject(stores, asker, addressOf(c)), asked(c), download(c))
    })
    .get(`/authenticated${objectPath}`, authenticated(verify), (c) => {
      const asker = askerOf(c, 'storage.render.image_authenticated')
      // As on Supabase, policies decide here of public buckets, too.
      const session = stores.database.as(asker)
      return images(c.req.raw, () => findObject(session, addressOf(c)), asked(c), download(c))
    })
    .get(`/sign${objectPath}`, async (c) => {
      const { token, download } = readQuery(c, signedQuery)
      const address = addressOf(c)
      const { expiresAt, transformations } = await tokens.verifyDownload(token, address)
      const service = stores.database.asService(requestOf(c, 'storage.render.image_sign'))
      const transformation = transformations === undefined ? {} : signed(transformations)
      const serving = { download, expires: expiresAt }
      return await images(c.req.raw, () => findObject(service, address), transformation, serving)
    })
}

function signed(transformations: string): Transformation {
  try {
    return readTransformation(transformations)
  } catch (cause) {
    throw new StorageError('InvalidSignature', { cause })
  }
}
