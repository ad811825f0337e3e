import { Hono } from 'hono'
import { z } from 'zod'
import { copyObject, moveObject } from '../objects/index.ts'
import { decodeUserMetadata } from '../receiving/index.ts'
import { authenticated } from './authenticate.ts'
import { askerOf, ownerOf, type StorageEnv, type Workings } from './environment.ts'
import { readJson } from './read-json.ts'

const ends = {
  bucketId: z.string(),
  sourceKey: z.string(),
  destinationKey: z.string(),
  destinationBucket: z.string().optional(),
}
const move = z.object(ends)
const copy = z.object({
  ...ends,
  copyMetadata: z.boolean().optional(),
  metadata: z.object({ cacheControl: z.string().optional(), mimetype: z.string().optional() }).optional(),
})

/** `POST /object/move` and `/object/copy`. */
export function transferRoutes({ stores, verify }: Workings): Hono<StorageEnv> {
  return new Hono<StorageEnv>()
    .post('/move', authenticated(verify), async (c) => {
      const { from, to } = endsOf(await readJson(c, move))
      const asker = askerOf(c, 'storage.object.move')
      const { id } = await moveObject(stores, { asker, from, to, owner: ownerOf(asker.caller) })
      return c.json({ message: 'Successfully moved', Id: id, Key: to.name })
    })
    .post('/copy', authenticated(verify), async (c) => {
      const body = await readJson(c, copy)
      const { from, to } = endsOf(body)
      const asker = askerOf(c, 'storage.object.copy')
      const keepsMetadata = body.copyMetadata ?? true
      const copied = await copyObject(stores, {
        asker,
        from,
        to,
        owner: ownerOf(asker.caller),
        overwrite: c.req.header('x-upsert') === 'true',
        metadata: keepsMetadata ? {} : given(body.metadata ?? {}),
        userMetadata: keepsMetadata ? undefined : (decodeUserMetadata(c.req.header('x-metadata')) ?? {}),
      })
      return c.json({ Id: copied.id, Key: `${to.bucket}/${to.name}`, ...copied })
    })
}

function endsOf({ bucketId, sourceKey, destinationBucket, destinationKey }: z.infer<typeof move>) {
  return {
    from: { bucket: bucketId, name: sourceKey },
    // Some clients (Swift, C#) send null where it stays in its bucket.
    to: { bucket: destinationBucket || bucketId, name: destinationKey },
  }
}

function given({ cacheControl, mimetype }: { cacheControl?: string | undefined; mimetype?: string | undefined }) {
  return { ...(cacheControl !== undefined && { cacheControl }), ...(mimetype !== undefined && { mimetype }) }
}
