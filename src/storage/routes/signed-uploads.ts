import { Hono } from 'hono'
import { serviceCaller } from '../database/index.ts'
import { assertAddress, rehearseObject, uploadObject } from '../objects/index.ts'
import { decodeUserMetadata, receiveFile, requestSize } from '../receiving/index.ts'
import { authenticated } from './authenticate.ts'
import {
  addressOf,
  askerOf,
  bodyOf,
  objectPath,
  ownerOf,
  requestOf,
  type StorageEnv,
  type Workings,
} from './environment.ts'
import { readQuery, signedQuery } from './read-json.ts'

/** Seconds, as on hosted Supabase. */
const expiresIn = 2 * 60 * 60

/** `/object/upload/sign`: URLs that let whoever has them write one object, granted under the signer's policies. */
export function signedUploadRoutes({ stores, tokens, verify, fileSizeLimit }: Workings): Hono<StorageEnv> {
  return new Hono<StorageEnv>()
    .post(`/upload/sign${objectPath}`, authenticated(verify), async (c) => {
      const address = addressOf(c)
      assertAddress(address)
      const asker = askerOf(c, 'storage.object.sign_upload_url')
      const owner = ownerOf(asker.caller)
      const overwrite = c.req.header('x-upsert') === 'true'
      const { headers } = c.req.raw
      const [mimetype, contentLength] = [headers.get('content-type'), requestSize(headers)]
      const metadata = { ...(mimetype !== null && { mimetype }), ...(contentLength !== undefined && { contentLength }) }
      const userMetadata = decodeUserMetadata(headers.get('x-metadata')) ?? {}
      const object = { ...address, version: '1', owner, metadata, userMetadata }
      await rehearseObject(stores.database.as(asker), object, overwrite)
      const token = await tokens.signUpload(address, { owner, overwrite }, expiresIn)
      const path = `${address.bucket}/${address.name}`.replaceAll('?', '%3F')
      return c.json({ url: `/object/upload/sign/${path}?token=${token}`, token })
    })
    .put(`/upload/sign${objectPath}`, async (c) => {
      const address = addressOf(c)
      const { token } = readQuery(c, signedQuery)
      const { owner, overwrite } = await tokens.verifyUpload(token, address)
      const asker = { caller: serviceCaller, ...requestOf(c, 'storage.object.upload_signed') }
      const { id } = await uploadObject(stores, {
        address,
        asker,
        session: stores.database.asService(asker),
        owner,
        overwrite,
        projectLimit: fileSizeLimit,
        receive: () => receiveFile(c.req.raw.headers, bodyOf(c)),
      })
      // The id Supabase leaves out; Kotlin's client cannot do without.
      return c.json({ Id: id, Key: `${address.bucket}/${address.name}` })
    })
}
