import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { StorageError } from '../errors/index.ts'
import { readTransformation, type Transformation, transformationSchema, writeTransformation } from '../images/index.ts'
import { assertAddress, findNames, findObject, type ObjectAddress } from '../objects/index.ts'
import { serveObject } from '../serving/index.ts'
import { authenticated } from './authenticate.ts'
import { addressOf, askerOf, objectPath, requestOf, type StorageEnv, type Workings } from './environment.ts'
import { readJson, readQuery, signedQuery } from './read-json.ts'

/** The last second that dates can tell. */
const endOfTime = 8.64e12

/** Seconds. */
const expiresIn = z.number().refine(Number.isInteger, 'must be integer').min(1)
const transform = transformationSchema.optional()
const one = z.object({ expiresIn, transform })
const many = z.object({ expiresIn, transform, paths: z.array(z.string()).min(1).max(1000) })

/** `/object/sign`: URLs that let whoever has them read one object until they expire. */
export function signedDownloadRoutes({ stores, tokens, verify, images }: Workings): Hono<StorageEnv> {
  const sign = async (address: ObjectAddress, seconds: number, transform: Transformation = {}) => {
    // A name may have a question mark; all else in it is for the client to encode, as with Supabase.
    const path = `${address.bucket}/${address.name}`.replaceAll('?', '%3F')
    const transformations = images && writeTransformation(transform)
    const route = transformations === undefined ? '/object/sign' : '/render/image/sign'
    return `${route}/${path}?token=${await tokens.signDownload(address, seconds, transformations)}`
  }
  return new Hono<StorageEnv>()
    .post('/sign/:bucket', authenticated(verify), async (c) => {
      const bucket = c.req.param('bucket')
      const { expiresIn, paths, transform = headerTransform(c) } = await readJson(c, many)
      assertExpiry(expiresIn)
      const visible = await findNames(stores.database.as(askerOf(c, 'storage.object.sign_many')), bucket, paths)
      const signed = paths.map(async (path) =>
        visible.has(path)
          ? { error: null, path, signedURL: await sign({ bucket, name: path }, expiresIn, transform) }
          : { error: 'Either the object does not exist or you do not have access to it', path, signedURL: null },
      )
      return c.json(await Promise.all(signed))
    })
    .post(`/sign${objectPath}`, authenticated(verify), async (c) => {
      const address = addressOf(c)
      assertAddress(address)
      const { expiresIn, transform } = await readJson(c, one)
      assertExpiry(expiresIn)
      await findObject(stores.database.as(askerOf(c, 'storage.object.sign')), address)
      return c.json({ signedURL: await sign(address, expiresIn, transform) })
    })
    .get(`/sign${objectPath}`, async (c) => {
      const address = addressOf(c)
      const { token, download } = readQuery(c, signedQuery)
      const { expiresAt, transformations } = await tokens.verifyDownload(token, address)
      // Who was given a smaller image was not given the original.
      if (transformations !== undefined) throw new StorageError('InvalidSignature')
      const service = stores.database.asService(requestOf(c, 'storage.object.get_signed'))
      const serving = { download, expires: expiresAt }
      return await serveObject(stores, c.req.raw, () => findObject(service, address), serving)
    })
}

/**
 * supabase-js signs many URLs at once only without a transformation. This header, which any of its clients can set,
 * stands for one; a Storage that does not know it answers URLs of the originals.
 */
function headerTransform(c: Context): Transformation | undefined {
  const header = c.req.header('x-transform')
  if (header === undefined) return undefined
  try {
    return readTransformation(header)
  } catch (cause) {
    throw new StorageError('InvalidRequest', { message: 'The x-transform header is not a transformation', cause })
  }
}

function assertExpiry(seconds: number): void {
  if (Date.now() / 1000 + seconds > endOfTime) {
    throw new StorageError('InvalidParameter', { message: 'Invalid Parameter expiresIn' })
  }
}
