import { ReadableStream } from 'node:stream/web'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { serviceCaller } from '../database/index.ts'
import { StorageError } from '../errors/index.ts'
import type { GrantFor, ServeTus } from '../resumable/index.ts'
import { authenticated } from './authenticate.ts'
import { askerOf, bodyOf, ownerOf, requestOf, type StorageEnv, type Workings } from './environment.ts'

/** `/upload/resumable`: uploads that can be resumed, by the TUS protocol; `/sign` for holders of a signed upload URL. */
export function resumableRoutes(workings: Workings): Hono<StorageEnv> {
  const { stores, tokens, verify } = workings
  const { database } = stores
  let starting: Promise<ServeTus> | undefined
  const serve = async (c: Context, grantFor: GrantFor) => {
    starting ??= start(workings)
    return await (await starting)(withBody(c), grantFor)
  }
  const signedIn = authenticated(verify)
  const exceptOptions: MiddlewareHandler<StorageEnv> = (c, next) =>
    c.req.method === 'OPTIONS' ? next() : signedIn(c, next)

  const app = new Hono<StorageEnv>()
  for (const path of ['/sign', '/sign/:id'] as const) {
    app.all(path, (c) => {
      if (!methods.includes(c.req.method)) return c.notFound()
      return serve(c, async (address) => {
        const token = c.req.header('x-signature')
        if (!token) throw new StorageError('InvalidSignature', { message: 'Missing x-signature header' })
        const grant = await tokens.verifyUpload(token, address)
        const asker = { caller: serviceCaller, ...requestOf(c, `${operationOf(c)}_signed`) }
        return { ...grant, asker, session: database.asService(asker) }
      })
    })
  }
  for (const path of ['/', '/:id'] as const) {
    app.all(path, exceptOptions, (c) => {
      if (!methods.includes(c.req.method)) return c.notFound()
      return serve(c, async () => {
        const asker = askerOf(c, operationOf(c))
        const overwrite = c.req.header('x-upsert') === 'true'
        return { asker, session: database.as(asker), owner: ownerOf(asker.caller), overwrite }
      })
    })
  }
  return app
}

/** For the server of the protocol, which reads web streams. */
function withBody(c: Context): Request {
  const { raw } = c.req
  if (raw.method !== 'POST' && raw.method !== 'PATCH') return raw
  return new Request(raw, { body: ReadableStream.from(bodyOf(c)), duplex: 'half' } as unknown as RequestInit)
}

async function start({ stores, fileSizeLimit, tellError }: Workings): Promise<ServeTus> {
  const { createTusServer } = await import('../resumable/index.ts')
  return await createTusServer({ stores, fileSizeLimit, tellError })
}

/** Those of the protocol. */
const methods = ['POST', 'PATCH', 'HEAD', 'DELETE', 'OPTIONS']

const operations: Readonly<Record<string, string>> = { POST: 'create', HEAD: 'get', DELETE: 'delete' }

function operationOf(c: Context): string {
  return `storage.tus.upload.${operations[c.req.method] ?? 'part'}`
}
