import { Hono } from 'hono'
import { z } from 'zod'
import { StorageError } from '../errors/index.ts'
import { findNames, findObject, type ObjectAddress } from '../objects/index.ts'
import { serveObject } from '../serving/index.ts'
import { authenticated } from './authenticate.ts'
import { addressOf, askerOf, objectPath, requestOf, type StorageEnv, type Workings } from './environment.ts'
import { readJson } from './read-json.ts'

/** Seconds; at most some three thousand years, which dates can still tell. */
const expiresIn = z.int().min(1).max(1e11)
const one = z.object({ expiresIn })
const many = z.object({ expiresIn, paths: z.array(z.string()).min(1).max(1000) })

/** `/object/sign`: URLs that let whoever has them read one object until they expire. */
export function signedDownloadRoutes({ stores, tokens, verify }: Workings): Hono<StorageEnv> {
  const sign = async (address: ObjectAddress, seconds: number) => {
    // A name may have a question mark; all else in it is for the client to encode, as with Supabase.
    const path = `${address.bucket}/${address.name}`.replaceAll('?', '%3F')
    return `/object/sign/${path}?token=${await tokens.signDownload(address, seconds)}`
  }
  return new Hono<StorageEnv>()
    .post('/sign/:bucket', authenticated(verify), async (c) => {
      const bucket = c.req.param('bucket')
      const { expiresIn, paths } = await readJson(c, many)
      const visible = await findNames(stores.database.as(askerOf(c, 'storage.object.sign_many')), bucket, paths)
      const signed = paths.map(async (path) =>
        visible.has(path)
          ? { error: null, path, signedURL: await sign({ bucket, name: path }, expiresIn) }
          : { error: 'Either the object does not exist or you do not have access to it', path, signedURL: null },
      )
      return c.json(await Promise.all(signed))
    })
    .post(`/sign${objectPath}`, authenticated(verify), async (c) => {
      const address = addressOf(c)
      const { expiresIn } = await readJson(c, one)
      await findObject(stores.database.as(askerOf(c, 'storage.object.sign')), address)
      return c.json({ signedURL: await sign(address, expiresIn) })
    })
    .get(`/sign${objectPath}`, async (c) => {
      const address = addressOf(c)
      const token = c.req.query('token')
      if (token === undefined) throw missingToken()
      const { expiresAt } = await tokens.verifyDownload(token, address)
      const service = stores.database.asService(requestOf(c, 'storage.object.get_signed'))
      const serving = { download: c.req.query('download'), expires: expiresAt }
      return await serveObject(stores, c.req.raw, () => findObject(service, address), serving)
    })
}

export function missingToken(): StorageError {
  return new StorageError('InvalidRequest', { message: "querystring must have required property 'token'" })
}
