import { Hono } from 'hono'
import { uploadObject } from '../objects/index.ts'
import { receiveFile } from '../receiving/index.ts'
import { authenticated } from './authenticate.ts'
import {
  addressOf,
  askerOf,
  bodyOf,
  objectPath,
  ownerOf,
  type StorageContext,
  type StorageEnv,
  type Workings,
} from './environment.ts'

/** `POST` and `PUT /object/BUCKET/NAME`: a new object, or a new content for one. */
export function uploadRoutes({ stores, verify, fileSizeLimit }: Workings): Hono<StorageEnv> {
  const upload = async (c: StorageContext, operation: string, overwrite: boolean) => {
    const address = addressOf(c)
    const asker = askerOf(c, operation)
    const { id } = await uploadObject(stores, {
      address,
      asker,
      session: stores.database.as(asker),
      owner: ownerOf(asker.caller),
      overwrite,
      projectLimit: fileSizeLimit,
      receive: () => receiveFile(c.req.raw.headers, bodyOf(c)),
    })
    return c.json({ Id: id, Key: `${address.bucket}/${address.name}` })
  }
  return new Hono<StorageEnv>()
    .post(objectPath, authenticated(verify), (c) =>
      upload(c, 'storage.object.upload', c.req.header('x-upsert') === 'true'),
    )
    .put(objectPath, authenticated(verify), (c) => upload(c, 'storage.object.upload_update', true))
}
