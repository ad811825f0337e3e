import { type Context, Hono } from 'hono'
import { StorageError } from '../errors/index.ts'
import { readTransformation, type Transformation, transformationSchema } from '../images/index.ts'
import { findObject, findPublicObject, findReadableObject } from '../objects/index.ts'
import { authenticated } from './authenticate.ts'
import { addressOf, askerOf, objectPath, requestOf, type StorageEnv, type Workings } from './environment.ts'
import { readQuery } from './read-json.ts'
import { missingToken } from './signed-downloads.ts'

/** `GET /render/image/…`: an image in the size and format that is asked for. */
export function imageRoutes({ stores, tokens, verify, images }: Workings): Hono<StorageEnv> {
  if (!images) return new Hono<StorageEnv>()
  const asked = (c: Context): Transformation => readQuery(c, transformationSchema)
  const download = (c: Context) => ({ download: c.req.query('download') })

  return new Hono<StorageEnv>()
    .get(`/public${objectPath}`, (c) => {
      const asker = requestOf(c, 'storage.render.image_public')
      return images(c.req.raw, () => findPublicObject(stores, asker, addressOf(c)), asked(c), download(c))
    })
    .get(`/authenticated${objectPath}`, authenticated(verify), (c) => {
      const asker = askerOf(c, 'storage.render.image_authenticated')
      return images(c.req.raw, () => findReadableObject(stores, asker, addressOf(c)), asked(c), download(c))
    })
    .get(`/sign${objectPath}`, async (c) => {
      const token = c.req.query('token')
      if (token === undefined) throw missingToken()
      const address = addressOf(c)
      const { expiresAt, transformations } = await tokens.verifyDownload(token, address)
      const service = stores.database.asService(requestOf(c, 'storage.render.image_sign'))
      const transformation = transformations === undefined ? {} : signed(transformations)
      const serving = { ...download(c), expires: expiresAt }
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
